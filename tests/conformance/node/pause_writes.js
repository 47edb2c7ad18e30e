'use strict';

// A paused socket writes, and 'drain' comes.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.pause();
  client.on('connect', () => t('C.write', client.write(Buffer.alloc(20_000_000))));
  client.on('drain', () => {
    t('C.paused', client.isPaused());
    client.end();
    client.resume();
  });
});
