'use strict';

// Over a path: 20 MB in one write, 'drain', and the callback.

const net = require('node:net');

const { t, tempPath, watch } = require('./tracer.js');

const SIZE = 20_000_000;
const path = tempPath();
const server = net.createServer((socket) => {
  let size = 0;
  socket.on('data', (chunk) => { size += chunk.length; });
  socket.on('end', () => t('S.end', size));
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C');
  client.resume();
  client.on('connect', () => {
    t('C.write', client.write(Buffer.alloc(SIZE), (err) => t('C.written', err)));
    t('C.state', { writableLength: client.writableLength, bytesWritten: client.bytesWritten });
  });
  client.on('drain', () => client.end());
});
