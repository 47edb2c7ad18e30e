'use strict';

// onread: 5 MB through a small buffer, with pauses.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const SIZE = 5_000_000;
const server = serve((socket) => {
  socket.end(Buffer.alloc(SIZE, '0123456789'));
  socket.resume();
  server.close();
}, (port) => {
  let size = 0;
  let sum = 0;
  const callback = (nread, data) => {
    size += nread;
    for (const byte of data.subarray(0, nread)) sum += byte;
    if (nread % 3 !== 0) return true;
    setImmediate(() => client.resume());
    return false;
  };
  const onread = { buffer: Buffer.alloc(10_000), callback };
  const client = watch(net.connect({ port, host: HOST, onread }), 'C');
  client.on('end', () => t('C.received', { size, sum, bytesRead: client.bytesRead }));
});
