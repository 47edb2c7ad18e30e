'use strict';

// The server's side ends first.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').resume();
  socket.end('bye', () => t('S.end_callback'));
  socket.on('close', () => t('srv.socket_close'));
  server.close();
}, (port) => {
  watch(server, 'srv', ['close']);
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
});
