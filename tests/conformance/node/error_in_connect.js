'use strict';

// An exception in 'connect': 'ready' is not emitted, and the socket goes on otherwise.

const net = require('node:net');

const { HOST, serve, settle, t, traceUncaught, watch } = require('./tracer.js');

traceUncaught('C');
const server = serve((socket) => {
  socket.on('error', () => {});
  socket.end('abc');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    settle(() => {
      t('C.state', { connecting: client.connecting, bytesRead: client.bytesRead });
      client.destroy();
    });
    throw new Error('in connect');
  });
});
