'use strict';

// localAddress is what the peer sees.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  t('S.remote', socket.remoteAddress);
  socket.end();
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, localAddress: '127.0.0.9' }), 'C');
  client.on('connect', () => t('C.local', client.localAddress, client.localFamily));
  client.resume();
});
