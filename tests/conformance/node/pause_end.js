'use strict';

// The bare end of a peer is seen by a paused socket too.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end();
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', () => {});
  client.pause();
  client.on('end', () => t('C.paused', client.isPaused()));
});
