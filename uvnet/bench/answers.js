'use strict';
// What answers.py is, in a process that is Node: one line of JSON that says what
// it is, then one for each that standard input has.

const readline = require('node:readline');

const say = (value) => process.stdout.write(JSON.stringify(value) + '\n');

// What time and what CPU time goes by from now on.
class Spent {
  constructor() {
    this.usage = process.cpuUsage();
    this.start = process.hrtime.bigint();
  }

  soFar() {
    const seconds = Number(process.hrtime.bigint() - this.start) / 1e9;
    const { user, system } = process.cpuUsage(this.usage);
    return { seconds, user: user / 1e6, system: system / 1e6 };
  }
}

// `run(request, done)` measures and calls done({ messages, ... }).
function serve(said, run) {
  const lines = readline.createInterface({ input: process.stdin, terminal: false });
  lines.on('line', (line) => {
    const spent = new Spent();
    run(JSON.parse(line), (measured) => say({ ...spent.soFar(), ...measured }));
  });
  lines.on('close', () => process.exit(0));
  say({ version: process.versions.node, ...said });
}

module.exports = { Spent, serve };
