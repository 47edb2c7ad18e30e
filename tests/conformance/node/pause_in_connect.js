'use strict';

// pause() inside 'connect' comes before the first read.

const net = require('node:net');

const { HOST, collect, reading, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('abc');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.pause();
    settle(() => {
      t('C.later', { bytesRead: client.bytesRead, reading: reading(client) });
      collect(client, 'C').resume();
    });
  });
});
