'use strict';

// resetAndDestroy() twice: the second one finds no handle, and the socket is destroyed already.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  socket.on('error', () => {});
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.resetAndDestroy();
    client.resetAndDestroy();
    t('C.sync', { destroyed: client.destroyed });
  });
});
