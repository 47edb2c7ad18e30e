'use strict';

// A socket that nobody reads stops reading above its high-water mark.

const net = require('node:net');

const { HOST, reading, serve, settle, t } = require('./tracer.js');

const SIZE = 3_000_000;
const server = serve((socket) => {
  socket.end(Buffer.alloc(SIZE));
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.on('connect', () => settle(() => {
    t('C.later', { full: client.readableLength >= 65536, reading: reading(client) });
    let size = 0;
    let largest = 0;
    client.on('data', (chunk) => {
      size += chunk.length;
      largest = Math.max(largest, chunk.length);
    });
    client.on('end', () => t('C.end', { size, largestFits: largest <= 65536 }));
  }));
});
