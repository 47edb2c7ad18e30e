'use strict';

// Without its 'data' listener a socket flows on, and what comes is lost.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  socket.write('one');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  const listener = (chunk) => {
    t('C.data', chunk);
    client.off('data', listener);
    settle(() => {
      t('C.state', { readableFlowing: client.readableFlowing });
      peer.write('two');
      settle(() => {
        t('C.state', { bytesRead: client.bytesRead, readableLength: client.readableLength });
        client.on('data', (chunk) => t('C.data', chunk));
        peer.end('three');
      });
    });
  };
  client.on('data', listener);
});
