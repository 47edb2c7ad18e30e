'use strict';

// A chunk of a flowing socket has 65536 bytes at most.

const net = require('node:net');

const { HOST, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  socket.end(Buffer.alloc(3_000_000));
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  let size = 0;
  let largest = 0;
  client.on('data', (chunk) => {
    size += chunk.length;
    largest = Math.max(largest, chunk.length);
  });
  client.on('end', () => t('C.end', { size, largest, bytesRead: client.bytesRead }));
});
