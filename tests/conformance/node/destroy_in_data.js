'use strict';

// destroy() in 'data': nothing more of what has been sent arrives.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.on('error', () => {});
  socket.end(Buffer.alloc(1_000_000));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', () => {
    t('C.data');
    client.destroy();
  });
});
