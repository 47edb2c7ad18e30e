'use strict';

// An address that does not answer in time is given up for the next one.

const net = require('node:net');

const { HOST, blackHole, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end();
  server.close();
}, (port) => blackHole(port, (silent, done) => {
  const lookup = (host, options, callback) => callback(null, [
    { address: silent, family: 4 },
    { address: HOST, family: 4 },
  ]);
  const options = { port, host: 'name.invalid', lookup, autoSelectFamilyAttemptTimeout: 50 };
  const client = watch(net.connect(options), 'C');
  client.resume();
  client.on('connect', () => t('C.attempted', client.autoSelectFamilyAttemptedAddresses.length));
  client.on('close', done);
}));
