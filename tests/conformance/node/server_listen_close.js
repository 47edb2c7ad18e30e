'use strict';

// close() right after listen(): no 'listening'.

const net = require('node:net');

const { t, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['listening', 'close']);
server.listen(0, () => t('srv.callback'));
server.close();
t('srv.sync', { listening: server.listening });
