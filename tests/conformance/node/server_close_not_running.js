'use strict';

// close() of a server that never listened.

const net = require('node:net');

const { message, nt, t, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['close']);
server.close((err) => t('srv.callback', err, message(err)));
t('srv.sync');
nt('srv.nt');
