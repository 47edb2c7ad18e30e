'use strict';

// Addresses before 'connect' and after 'close': the remote one is kept if it was asked for.

const net = require('node:net');

const { HOST, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  t('S.remote', { known: socket.remotePort > 0, family: socket.remoteFamily });
  socket.on('close', () => t('S.closed', {
    remote: socket.remoteAddress, local: socket.localAddress, bytesRead: socket.bytesRead,
  }));
  socket.resume();
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  const state = () => ({
    remote: client.remoteAddress, local: client.localAddress, address: client.address(),
  });
  t('C.sync', state());
  client.on('connect', () => client.end('xyz'));
  client.resume();
  client.on('close', () => t('C.closed', state(), { bytesWritten: client.bytesWritten }));
});
