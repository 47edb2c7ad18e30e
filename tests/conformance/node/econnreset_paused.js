'use strict';

// A reset destroys the socket although data is unread; the data is lost.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.write('data');
  settle(() => socket.resetAndDestroy());
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('close', () => {
    client.on('data', (chunk) => t('C.data', chunk));
    settle(() => t('C.later', {
      destroyed: client.destroyed, readableLength: client.readableLength,
    }));
  });
});
