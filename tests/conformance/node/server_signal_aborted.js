'use strict';

// A signal that is aborted already closes the server before it can tell that it listens.

const net = require('node:net');

const { nt, t, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['listening', 'close', 'error']);
server.listen({ port: 0, signal: AbortSignal.abort() });
t('srv.sync');
nt('srv.nt');
