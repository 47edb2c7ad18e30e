'use strict';

// The server destroys its socket: the client sees an ordinary end.

const net = require('node:net');

const { HOST, serve, settle, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S');
  settle(() => socket.destroy());
  server.close();
}, (port) => {
  watch(net.connect(port, HOST), 'C').resume();
});
