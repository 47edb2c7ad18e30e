'use strict';

// Over a path: an abort while data arrives.

const net = require('node:net');

const { t, tempPath, watch } = require('./tracer.js');

const controller = new AbortController();
const path = tempPath();
const server = net.createServer((socket) => {
  socket.on('error', () => {});
  socket.write('x');
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect({ path, signal: controller.signal }), 'C');
  client.on('data', () => {
    controller.abort();
    t('C.sync', { destroyed: client.destroyed });
  });
});
