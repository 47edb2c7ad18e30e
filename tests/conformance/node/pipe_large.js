'use strict';

// 5 MB through an echo server: nothing is lost, and both sides close.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const SIZE = 5_000_000;
const server = serve((socket) => {
  watch(socket, 'S', ['end', 'prefinish', 'finish', 'error', 'close']);
  socket.pipe(socket);
  socket.on('close', () => t('S.count', {
    bytesRead: socket.bytesRead, bytesWritten: socket.bytesWritten,
  }));
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  let size = 0;
  let sum = 0;
  client.on('data', (chunk) => {
    size += chunk.length;
    for (const byte of chunk) sum += byte;
  });
  client.on('end', () => t('C.end', { size, sum }));
  client.on('close', (hadError) => t('C.close', hadError));
  client.end(Buffer.alloc(SIZE, '0123456789'));
});
