'use strict';

// Request and response, the end of one being the start of the other.

const net = require('node:net');

const { HOST, collect, serve, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  socket.on('end', () => socket.end('response'));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C').end('request');
}, { allowHalfOpen: true });
