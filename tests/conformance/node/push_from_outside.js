'use strict';

// push() by somebody else goes in between what the peer sends.

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
  client.once('data', () => settle(() => {
    t('C.push', client.push('two'), { bytesRead: client.bytesRead });
    peer.end('three');
  }));
  client.on('data', (chunk) => t('C.data', chunk));
});
