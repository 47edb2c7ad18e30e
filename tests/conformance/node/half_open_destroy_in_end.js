'use strict';

// destroy() of a half-open socket in 'end': no 'finish'.

const net = require('node:net');

const { HOST, serve, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end();
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, allowHalfOpen: true }), 'C');
  client.resume();
  client.on('end', () => client.destroy());
});
