'use strict';

// Both ends are half-open: each ends on its own, and writes after the other's end.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(watch(socket, 'S'), 'S').end('from the server');
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, allowHalfOpen: true }), 'C');
  collect(client, 'C');
  client.on('end', () => settle(() => {
    t('C.state', { readable: client.readable, writable: client.writable });
    client.write('from ');
    client.end('the client');
  }));
}, { allowHalfOpen: true });
