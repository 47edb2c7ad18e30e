'use strict';

// read() inside 'data', with nothing buffered.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('abc');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => t('C.data', chunk, { read: client.read() }));
});
