'use strict';

// listen(), connect() and close() in one turn.

const net = require('node:net');

const { HOST, hidePort, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['listening', 'connection', 'close']);
server.listen(0);
const { port } = server.address();
hidePort(port);
watch(net.connect(port, HOST), 'C');
server.close();
