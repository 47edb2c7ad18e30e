'use strict';

// Over a path: onread into one buffer.

const net = require('node:net');

const { t, tempPath, watch } = require('./tracer.js');

const path = tempPath();
const server = net.createServer((socket) => {
  socket.end('hello');
  socket.resume();
  server.close();
});
server.listen(path, () => {
  const callback = (size, data) => t('C.onread', size, data.subarray(0, size));
  watch(net.connect({ path, onread: { buffer: Buffer.alloc(3), callback } }), 'C');
});
