'use strict';

// A connection that the server has not accepted when it closes is reset, before it connects.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  t('srv.connection');
  socket.end();
  server.close();
}, (port) => {
  watch(server, 'srv', ['close']);
  net.connect(port, HOST).resume();
  watch(net.connect(port, HOST), 'C').resume();
});
