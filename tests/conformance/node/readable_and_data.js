'use strict';

// With 'readable' and 'data' both, read() in the one emits the other.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.write('abc');
  settle(() => socket.end('def'));
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
  client.on('readable', () => t('C.readable', client.read()));
  t('C.flowing', client.readableFlowing);
});
