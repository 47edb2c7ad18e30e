'use strict';

// readyState from construction to 'close'.

const net = require('node:net');

const { HOST, serve, t } = require('./tracer.js');

const client = new net.Socket({ allowHalfOpen: true });
const state = (when) => t('C.state', when, {
  readyState: client.readyState, pending: client.pending, connecting: client.connecting,
});
const server = serve((socket) => {
  socket.resume();
  socket.on('end', () => socket.end());
  server.close();
}, (port) => {
  state('new');
  client.connect(port, HOST);
  state('sync');
  client.resume();
  client.on('connect', () => {
    state('connect');
    client.end();
    state('ended');
  });
  client.on('end', () => state('end'));
  client.on('close', () => state('close'));
}, { allowHalfOpen: true });
