'use strict';

// The callbacks of connect(), listen() and close() are once-listeners.

const net = require('node:net');

const { HOST, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  t('S.server', socket.server === server);
  socket.end();
  server.close(() => t('srv.close_listeners', server.listenerCount('close')));
}, (port) => {
  t('srv.listeners', server.listenerCount('listening'), server.listenerCount('connection'));
  const client = net.connect(port, HOST, () => {});
  t('C.listeners', client.listenerCount('connect'), client.server);
  client.on('ready', () => t('C.listeners', client.listenerCount('connect')));
  client.resume();
});
