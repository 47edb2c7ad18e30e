'use strict';

// What connect() refuses at once.

const net = require('node:net');

const { HOST, attempt } = require('./tracer.js');

const cases = {
  nothing: {},
  port_none: { port: undefined },
  port_true: { port: true },
  port_negative: { port: -1 },
  port_large: { port: 65536 },
  port_word: { port: 'abc' },
  port_fraction: { port: 1.5 },
  port_text: { port: '1', host: HOST },
  local_address: { port: 1, host: HOST, localAddress: 'foo' },
  local_port: { port: 1, host: HOST, localPort: 'x' },
  host_number: { port: 1, host: 5 },
  host_nul: { port: 1, host: 'a\0b' },
  lookup: { port: 1, host: 'localhost', lookup: 5 },
  auto_select_family: { port: 1, host: HOST, autoSelectFamily: 'x' },
  attempt_timeout: { port: 1, host: HOST, autoSelectFamilyAttemptTimeout: 0 },
  path: { path: 5 },
};
for (const [name, options] of Object.entries(cases)) {
  const socket = new net.Socket();
  attempt(`- ${name}`, () => socket.connect(options));
  socket.destroy();
}
