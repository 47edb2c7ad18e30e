'use strict';

// The client ends first. Its callback precedes 'finish', and the server's 'close' its socket's.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').resume();
  socket.on('close', () => t('srv.socket_close'));
  server.close();
}, (port) => {
  watch(server, 'srv', ['close']);
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => client.end('x', () => t('C.end_callback')));
});
