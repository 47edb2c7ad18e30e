'use strict';

// No 'timeout' once the socket is closed.

const net = require('node:net');

const { HOST, later, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.setTimeout(60);
    client.destroy();
    later(180, () => t('C.later', { timeout: client.timeout }));
  });
});
