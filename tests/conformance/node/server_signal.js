'use strict';

// Aborting closes a server, quietly.

const net = require('node:net');

const { t, watch } = require('./tracer.js');

const controller = new AbortController();
const server = watch(net.createServer(), 'srv', ['listening', 'close', 'error']);
server.on('listening', () => {
  controller.abort();
  t('srv.sync', { listening: server.listening });
});
server.listen({ port: 0, signal: controller.signal });
