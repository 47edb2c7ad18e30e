'use strict';

// Above maxConnections a client is dropped: it connects, and then sees the end.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  t('srv.connection');
  socket.resume();
}, (port) => {
  server.maxConnections = 1;
  server.on('drop', (peer) => {
    t('srv.drop', peer.localAddress, peer.localFamily, peer.remoteAddress, peer.remoteFamily);
    t('srv.drop', { localPort: peer.localPort, hasRemotePort: peer.remotePort > 0 });
  });
  const first = net.connect(port, HOST, () => {
    const second = watch(net.connect(port, HOST), 'C');
    second.resume();
    second.on('close', () => {
      first.destroy();
      server.close();
    });
  });
});
