'use strict';

// Over a path: 5 MB through an echo server.

const net = require('node:net');

const { t, tempPath, watch } = require('./tracer.js');

const SIZE = 5_000_000;
const path = tempPath();
const server = net.createServer((socket) => {
  watch(socket, 'S', ['pipe', 'unpipe', 'end', 'finish', 'close']);
  socket.pipe(socket);
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C', ['end', 'finish', 'close']);
  let sum = 0;
  client.on('data', (chunk) => { for (const byte of chunk) sum += byte; });
  client.on('end', () => t('C.received', client.bytesRead, sum));
  client.end(Buffer.alloc(SIZE, '0123456789'));
});
