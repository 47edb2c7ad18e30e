'use strict';

// The end of a peer behind data that waits in a paused socket: it comes after the data.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('abc');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
  client.pause();
  client.on('connect', () => settle(() => {
    t('C.state', { readableLength: client.readableLength, readableEnded: client.readableEnded });
    client.resume();
    t('C.sync');
  }));
});
