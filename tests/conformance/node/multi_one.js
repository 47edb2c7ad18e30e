'use strict';

// One address of several that were asked for: then it is a plain attempt.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const lookup = (host, options, callback) => {
  t('C.asked', { all: options.all });
  callback(null, [{ address: HOST, family: 4 }, { address: HOST, family: 4 }]);
};
const server = serve((socket) => {
  socket.end();
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: 'name.invalid', lookup }), 'C');
  client.resume();
  client.on('connect', () => t('C.attempted', client.autoSelectFamilyAttemptedAddresses));
});
