'use strict';

// A server on '::' takes IPv4 too, and shows such peers as IPv6 addresses.

const net = require('node:net');

const { HOST, hidePort, t, watch } = require('./tracer.js');

const server = net.createServer((socket) => {
  t('S.remote', socket.remoteAddress, socket.remoteFamily);
  t('S.local', socket.localAddress, socket.localFamily);
  socket.end();
  server.close();
});
server.listen(0, '::', () => {
  const { port } = server.address();
  hidePort(port);
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => t('C.remote', client.remoteAddress, client.remoteFamily));
});
