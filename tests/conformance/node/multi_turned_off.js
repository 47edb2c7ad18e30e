'use strict';

// With autoSelectFamily off, or a family or local address given, one address is asked for.

const net = require('node:net');

const { CLOSED_PORT, HOST, t, watch } = require('./tracer.js');

const cases = {
  off: { autoSelectFamily: false },
  family: { family: 4 },
  named: { family: 'IPv4' },
  local: { localAddress: HOST },
};
for (const name of Object.keys(cases)) {
  const lookup = (host, options, callback) => {
    t(`- ${name}`, { family: options.family ?? 0, all: options.all ?? false });
    callback(null, HOST, 4);
  };
  const client = net.connect({ port: CLOSED_PORT, host: 'name.invalid', lookup, ...cases[name] });
  watch(client, name, ['lookup', 'error']);
  client.on('close', () => t(`${name}.tried`, client.autoSelectFamilyAttemptedAddresses));
}
