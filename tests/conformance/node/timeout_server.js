'use strict';

// The idle timeout of an accepted socket, and a graceful end in it.

const net = require('node:net');

const { HOST, collect, serve, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').resume();
  socket.setTimeout(30, () => socket.end('idle'));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C');
});
