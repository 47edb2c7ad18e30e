'use strict';

// When the last 'readable' listener is gone, a socket with a 'data' listener flows again.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  socket.write('one');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
  client.once('readable', () => {
    t('C.flowing', client.readableFlowing);
    process.nextTick(() => t('C.flowing', client.readableFlowing));
    settle(() => peer.end('two'));
  });
});
