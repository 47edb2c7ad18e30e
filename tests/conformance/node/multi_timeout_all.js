'use strict';

// The last address has all the time it wants; what did not answer is an error among the others.

const net = require('node:net');

const { HOST, blackHole, message, serve, t, watch } = require('./tracer.js');

const server = serve(() => {}, (port) => blackHole(port, (silent, done) => {
  server.close();
  const lookup = (host, options, callback) => callback(null, [
    { address: silent, family: 4 },
    { address: HOST, family: 4 },
  ]);
  const options = { port, host: 'name.invalid', lookup, autoSelectFamilyAttemptTimeout: 20 };
  const client = watch(net.connect(options), 'C');
  client.on('error', (err) => {
    for (const each of err.errors) t('C.each', each, message(each));
  });
  client.on('close', done);
}));
