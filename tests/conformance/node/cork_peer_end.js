'use strict';

// The peer ends while the socket is corked: it ends itself, which lets everything go.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  settle(() => socket.end());
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.cork();
    client.write('held', (err) => t('C.written', err));
  });
}, { allowHalfOpen: true });
