'use strict';

// A long write that a slow peer takes bit by bit is no idleness, however long it takes.

const net = require('node:net');

const { HOST, later, serve, t, watch } = require('./tracer.js');

const SIZE = 16_000_000;
const server = serve((socket) => {
  let size = 0;
  socket.on('data', (chunk) => {
    size += chunk.length;
    socket.pause();
    later(2, () => socket.resume());
  });
  socket.on('end', () => t('S.end', size));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.setTimeout(200);
    client.end(Buffer.alloc(SIZE), () => client.setTimeout(0));
  });
});
