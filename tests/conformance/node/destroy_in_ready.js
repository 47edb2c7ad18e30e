'use strict';

// destroy() in 'ready', with data that waits to be read.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.on('error', () => {});
  socket.end('data');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
  client.on('ready', () => client.destroy());
});
