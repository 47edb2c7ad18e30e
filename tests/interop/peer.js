'use strict';
// Node's end of one connection.
//
//     node peer.js SCENARIO '{"role": "server", "path": null, ...}'
//
// A server prints {"address": ...} once it listens; both print what the scenario
// reports when nothing is left to do. All lines are JSON.

const net = require('node:net');
const scenarios = require('./scenarios.js');

const [scenario, text] = process.argv.slice(2);
const { role, path, port, half_open: allowHalfOpen, ...options } = JSON.parse(text);

const say = (message) => process.stdout.write(JSON.stringify(message) + '\n');
const reports = [];
process.on('beforeExit', () => {
  if (reports.length !== 1) throw new Error(`${reports.length} reports`);
  say(reports[0]);
  process.exit();
});

function play(socket) {
  scenarios[scenario](socket, (result) => reports.push(result), options);
}

if (role === 'client') {
  play(net.connect({ ...(path ? { path } : { port, host: '127.0.0.1' }), allowHalfOpen }));
} else {
  const server = net.createServer({ allowHalfOpen }, (socket) => {
    server.close();
    play(socket);
  });
  server.listen(path ?? { port: 0, host: '127.0.0.1' }, () => {
    const address = server.address();
    say({ address: path ?? address.port });
  });
}
