'use strict';

// A path that does not fit into an address is an 'error' on both sides, never cut.

const net = require('node:net');

const { t, watch } = require('./tracer.js');

const path = `/tmp/${'a'.repeat(120)}`;
const server = watch(net.createServer(), 'srv', ['listening', 'error', 'close']);
server.listen(path);
t('srv.sync', { listening: server.listening });
watch(net.connect(path), 'C');
