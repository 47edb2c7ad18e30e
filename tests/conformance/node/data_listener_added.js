'use strict';

// A 'data' listener that is added inside another one gets the next chunk.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  socket.write('one');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('data', (chunk) => {
    t('C.once', chunk);
    client.on('data', (chunk) => t('C.inner', chunk));
    settle(() => peer.end('two'));
  });
  client.on('data', (chunk) => t('C.outer', chunk));
});
