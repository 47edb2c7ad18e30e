'use strict';

// What can be seen while a client connects: the callback is the first 'connect' listener.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  t('srv.connection');
  socket.end();
  server.close();
}, (port) => {
  const client = net.connect(port, HOST, () => t('C.callback'));
  const state = () => ({
    connecting: client.connecting, pending: client.pending, readyState: client.readyState,
  });
  t('C.sync', state());
  watch(client, 'C').resume();
  client.on('connect', () => t('C.connected', state()));
});
