'use strict';

// 'readable' and read(): by size, and what is left.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('abcdef');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('readable', () => {
    t('C.read', client.read(2), client.read(100), { left: client.readableLength });
    t('C.read', client.read(1), client.read(), client.read());
    client.on('readable', () => t('C.readable', client.read()));
  });
});
