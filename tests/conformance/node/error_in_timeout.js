'use strict';

// An exception in 'timeout': the socket lives.

const net = require('node:net');

const { HOST, serve, traceUncaught, watch } = require('./tracer.js');

traceUncaught('C');
const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => client.setTimeout(20));
  client.on('timeout', () => {
    client.end();
    throw new Error('in timeout');
  });
});
