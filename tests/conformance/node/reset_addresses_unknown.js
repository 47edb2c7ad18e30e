'use strict';

// In 'error' a remote address that nobody has asked for before is not known.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  settle(() => socket.resetAndDestroy());
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('error', () => t('C.state', {
    remoteAddress: client.remoteAddress, remoteFamily: client.remoteFamily,
  }));
});
