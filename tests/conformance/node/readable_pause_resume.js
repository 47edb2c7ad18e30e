'use strict';

// resume() is no use while somebody listens for 'readable'.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('abc');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('readable', () => settle(() => t('C.read', client.read())));
  client.on('readable', () => {
    client.resume();
    t('C.flowing', client.readableFlowing, client.isPaused());
  });
  client.on('data', (chunk) => t('C.data', chunk));
});
