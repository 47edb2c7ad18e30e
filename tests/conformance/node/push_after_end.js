'use strict';

// push() after the end is an error.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end();
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, allowHalfOpen: true }), 'C');
  client.on('end', () => {
    t('C.push', client.push('x'), { destroyed: client.destroyed });
  });
});
