'use strict';

// What listen() refuses at once, and the forms of "any port".

const net = require('node:net');

const { attempt } = require('./tracer.js');

const cases = {
  port_negative: { port: -1 },
  port_large: { port: 65536 },
  port_true: { port: true },
  port_nan: { port: NaN },
  port_fraction: { port: 1.5 },
  port_empty: { port: '' },
  port_text: { port: '0' },
  port_none: { port: undefined },
  host_alone: { host: 'x' },
  fd_negative: { fd: -1 },
  path_empty: { path: '' },
  signal: { port: 0, signal: 'x' },
  abstract_readable: { path: '\0uvnet', readableAll: true },
};
for (const [name, options] of Object.entries(cases)) {
  const server = net.createServer();
  attempt(`- ${name}`, () => server.listen(options).close());
}
const positional = [['none', undefined], ['true', true], ['false', false], ['negative', -1],
  ['fraction', 1.5], ['text', '0'], ['empty', '']];
for (const [name, port] of positional) {
  const server = net.createServer();
  attempt(`- positional_${name}`, () => server.listen(port).close());
}
