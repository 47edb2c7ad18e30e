'use strict';

// An exception in 'listening': the server listens.

const net = require('node:net');

const { HOST, settle, t, traceUncaught, watch } = require('./tracer.js');

traceUncaught('srv');
const server = watch(net.createServer(), 'srv', ['listening', 'connection', 'close']);
server.listen(0, HOST, () => {
  const { port } = server.address();
  const client = net.connect(port, HOST, () => settle(() => server.close()));
  client.on('close', () => t('C.close'));
  client.resume();
  throw new Error('in listening');
});
server.on('connection', (socket) => socket.end());
