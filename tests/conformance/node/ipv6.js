'use strict';

// A connection over IPv6.

const net = require('node:net');

const { collect, hidePort, t, watch } = require('./tracer.js');

const server = net.createServer((socket) => {
  t('S.remote', socket.remoteAddress, socket.remoteFamily);
  collect(socket, 'S');
  server.close();
});
server.listen(0, '::1', () => {
  const { port } = server.address();
  hidePort(port);
  t('srv.address', server.address());
  const client = watch(net.connect(port, '::1'), 'C');
  client.resume();
  client.end('over IPv6');
});
