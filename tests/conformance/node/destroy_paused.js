'use strict';

// destroy() of a paused socket: resume() does nothing, but read() gives what it had buffered.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.write('lost');
  socket.on('error', () => {});
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
  client.pause();
  client.on('connect', () => settle(() => {
    t('C.state', { readableLength: client.readableLength });
    client.destroy();
    client.resume();
    t('C.read', client.read());
  }));
});
