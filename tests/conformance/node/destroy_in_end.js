'use strict';

// destroy() in 'end': the socket does not end itself any more.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('x');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('end', () => {
    client.destroy();
    t('C.state', { writableEnded: client.writableEnded, readableEnded: client.readableEnded });
  });
});
