'use strict';

// setTimeout() in 'timeout' starts another one.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => client.setTimeout(20));
  client.once('timeout', () => {
    client.setTimeout(30, () => client.end());
    t('C.state', { timeout: client.timeout });
  });
});
