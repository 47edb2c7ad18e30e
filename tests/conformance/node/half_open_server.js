'use strict';

// A server with allowHalfOpen answers after the client has ended.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').resume();
  socket.on('end', () => {
    t('S.state', { readyState: socket.readyState, allowHalfOpen: socket.allowHalfOpen });
    settle(() => socket.end('reply'));
  });
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST }), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
  client.end('request');
}, { allowHalfOpen: true });
