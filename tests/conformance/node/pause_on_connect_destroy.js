'use strict';

// destroy() of a socket that was never resumed.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S');
  socket.on('data', (chunk) => t('S.data', chunk));
  settle(() => {
    socket.destroy();
    t('S.state', { bytesRead: socket.bytesRead });
  });
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.on('error', () => {});
  client.write('unread');
}, { pauseOnConnect: true });
