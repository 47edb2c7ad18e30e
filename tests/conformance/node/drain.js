'use strict';

// 20 MB in one write: false, and 'drain' before the write's callback.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const SIZE = 20_000_000;
const server = serve((socket) => {
  let size = 0;
  socket.on('data', (chunk) => { size += chunk.length; });
  socket.on('end', () => t('S.end', size));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    t('C.write', client.write(Buffer.alloc(SIZE), (err) => t('C.written', err)), {
      writableLength: client.writableLength,
      bytesWritten: client.bytesWritten,
      needDrain: client.writableNeedDrain,
    });
  });
  client.on('drain', () => {
    t('C.state', { writableLength: client.writableLength, needDrain: client.writableNeedDrain });
    client.end();
  });
});
