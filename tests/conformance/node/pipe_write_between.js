'use strict';

// What is written to the destination by hand keeps its place among what is piped.

const net = require('node:net');

const { HOST, collect, serve, settle, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.write('<');
  socket.pipe(socket);
  socket.write('>');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C');
  client.on('connect', () => settle(() => client.end('hello')));
}, { allowHalfOpen: true });
