'use strict';

// pause() in 'end' does not hold back the rest.

const net = require('node:net');

const { HOST, serve, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('x');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('end', () => client.pause());
});
