'use strict';

// Data that the server does not read holds back the end of its socket, and of the client.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S');
  settle(() => {
    t('S.state', { readableLength: socket.readableLength, readyState: socket.readyState });
    socket.resume();
  });
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.end('unread');
});
