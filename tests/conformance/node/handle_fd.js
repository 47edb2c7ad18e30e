'use strict';

// The descriptor of an accepted socket.

const net = require('node:net');

const { HOST, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  t('S.fd', socket._handle.fd >= 0);
  socket.destroy();
  t('S.handle', socket._handle);
  server.close();
}, (port) => {
  net.connect(port, HOST).resume();
});
