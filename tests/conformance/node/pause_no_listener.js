'use strict';

// pause() before 'connect', and no 'data' listener before it: the kernel is not read at all.

const net = require('node:net');

const { HOST, reading, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('abc');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.pause();
  client.on('connect', () => settle(() => {
    t('C.later', { bytesRead: client.bytesRead, reading: reading(client) });
    client.on('data', (chunk) => t('C.data', chunk));
    client.resume();
  }));
});
