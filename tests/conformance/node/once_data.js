'use strict';

// once('data'): the socket flows on, and the rest is lost.

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
  client.once('data', (chunk) => {
    t('C.data', chunk, client.listenerCount('data'));
    settle(() => peer.end('two'));
  });
  client.on('end', () => t('C.state', {
    readableFlowing: client.readableFlowing, bytesRead: client.bytesRead,
  }));
});
