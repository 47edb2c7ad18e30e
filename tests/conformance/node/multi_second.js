'use strict';

// Several addresses, the second succeeds: no error is told.

const net = require('node:net');

const { serve, t, watch } = require('./tracer.js');

const lookup = (host, options, callback) => callback(null, [
  { address: '::1', family: 6 },
  { address: '127.0.0.1', family: 4 },
  { address: '127.0.0.2', family: 4 },
]);
const server = serve((socket) => {
  socket.end();
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: 'name.invalid', lookup }), 'C');
  client.resume();
  client.on('connect', () => {
    t('C.attempted', client.autoSelectFamilyAttemptedAddresses.join(' '));
    t('C.remote', client.remoteAddress, client.remoteFamily, client.localFamily);
  });
});
