'use strict';

// close() while the host is looked up: no 'listening', and nothing is bound.

const net = require('node:net');

const { HOST, later, t, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['listening', 'close', 'error']);
server.listen(0, HOST, () => t('srv.callback'));
server.close((err) => t('srv.close_callback', err));
t('srv.sync', { listening: server.listening });
later(50, () => t('srv.later', { listening: server.listening }));
