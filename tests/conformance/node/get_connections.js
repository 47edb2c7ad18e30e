'use strict';

// getConnections() answers in a later tick.

const net = require('node:net');

const { HOST, nt, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  server.getConnections((err, count) => {
    t('srv.count', err, count);
    socket.destroy();
    server.close();
    server.getConnections((err, count) => t('srv.count', err, count));
  });
  t('srv.sync');
  nt('srv.nt');
}, (port) => {
  net.connect(port, HOST).on('error', () => {}).resume();
});
