'use strict';

// A 'data' listener before pause() has started a read already: data is read, but not delivered.

const net = require('node:net');

const { HOST, reading, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  socket.write('abc');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
  client.pause();
  client.on('connect', () => {
    t('C.paused', { isPaused: client.isPaused(), reading: reading(client) });
    settle(() => {
      t('C.later', { bytesRead: client.bytesRead, reading: reading(client) });
      client.resume();
      peer.end();
    });
  });
});
