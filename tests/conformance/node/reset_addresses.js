'use strict';

// In 'error' the handle is gone: the remote address is known only if it was asked for before.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  settle(() => socket.resetAndDestroy());
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => t('C.asked', client.remotePort));
  client.on('error', () => t('C.state', {
    remoteAddress: client.remoteAddress,
    localAddress: client.localAddress,
    handle: client._handle,
    readyState: client.readyState,
  }));
});
