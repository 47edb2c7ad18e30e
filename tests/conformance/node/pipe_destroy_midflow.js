'use strict';

// Source and destination are destroyed in the middle of 20 MB.

const net = require('node:net');

const { HOST, serve, watch } = require('./tracer.js');

const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  watch(sockets[0], 'D', ['pipe', 'unpipe', 'finish', 'error', 'close']);
  watch(socket, 'S', ['end', 'finish', 'error', 'close']);
  socket.pipe(sockets[0]);
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => {
    net.connect(port, HOST).on('error', () => {}).end(Buffer.alloc(20_000_000));
  });
  first.on('error', () => {});
  first.once('data', () => {
    for (const socket of sockets) socket.destroy();
  });
});
