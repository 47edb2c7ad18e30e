'use strict';

// A reset of the peer, with a 'data' listener that is paused: the data is lost.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.write('data');
  settle(() => socket.resetAndDestroy());
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
  client.pause();
  client.on('close', () => client.resume());
});
