'use strict';

// Disposal of a server that has a socket waits for it.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S', ['close']).resume();
}, async (port) => {
  watch(server, 'srv', ['close']);
  const client = net.connect(port, HOST);
  client.on('connect', () => settle(async () => {
    settle(() => {
      t('srv.later', { listening: server.listening });
      client.destroy();
    });
    await server[Symbol.asyncDispose]();
    t('srv.disposed');
  }));
});
