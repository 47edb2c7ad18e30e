'use strict';

// A second listen() while the host of the first is looked up: the first is forgotten.

const net = require('node:net');

const { HOST, t, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['listening', 'error', 'close']);
server.listen(0, HOST, () => t('srv.callback', 1));
server.listen(0, '127.0.0.2', () => {
  t('srv.callback', 2);
  t('srv.address', server.address().address);
  server.close();
});
t('srv.sync', { listening: server.listening });
