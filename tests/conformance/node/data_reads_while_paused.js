'use strict';

// read() takes from a paused socket what it has buffered.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('abcdef');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => settle(() => {
    t('C.read', client.read(3), { readableLength: client.readableLength });
    client.on('data', (chunk) => t('C.data', chunk));
  }));
});
