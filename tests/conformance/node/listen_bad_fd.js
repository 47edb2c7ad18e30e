'use strict';

// A descriptor that is none is an 'error', not an exception.

const net = require('node:net');

const { message, t, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['listening', 'error', 'close']);
server.on('error', (err) => t('srv.message', message(err)));
server.listen({ fd: 4242 });
t('srv.sync', { listening: server.listening });
