'use strict';

// resetAndDestroy() in 'end', with both directions half gone.

const net = require('node:net');

const { HOST, nt, serve, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S', ['finish', 'error', 'close']).end('x');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, allowHalfOpen: true }), 'C');
  client.resume();
  client.on('end', () => {
    client.resetAndDestroy();
    nt('C.nt');
  });
});
