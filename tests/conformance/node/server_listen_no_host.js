'use strict';

// Without a host listen() binds at once, and 'listening' precedes ticks that are queued later.

const net = require('node:net');

const { later, nt, t, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['listening', 'close']);
server.listen(0);
t('srv.sync', { listening: server.listening, bound: server.address() !== null });
nt('srv.nt');
later(10, () => server.close());
