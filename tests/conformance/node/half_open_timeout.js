'use strict';

// The idle timeout of a half-open socket goes on after the peer's end.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end();
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, allowHalfOpen: true }), 'C');
  client.resume();
  client.on('end', () => client.setTimeout(20));
  client.on('timeout', () => {
    t('C.state', { readyState: client.readyState });
    client.end();
  });
});
