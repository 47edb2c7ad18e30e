'use strict';

// destroy() in 'finish', while the peer still has to say something.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  socket.on('end', () => settle(() => socket.destroy()));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('finish', () => {
    client.destroy();
    t('C.state', { readableEnded: client.readableEnded, destroyed: client.destroyed });
  });
  client.end('x');
}, { allowHalfOpen: true });
