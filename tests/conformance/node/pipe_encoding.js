'use strict';

// A piped source with an encoding.

const net = require('node:net');

const { HOST, collect, serve, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.setEncoding('hex');
  socket.pipe(socket);
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C').end('hello');
});
