'use strict';

// An exception in 'drain', where the write was done by the loop.

const net = require('node:net');

const { HOST, serve, settle, traceUncaught, watch } = require('./tracer.js');

traceUncaught('C');
const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => client.write(Buffer.alloc(20_000_000)));
  client.on('drain', () => {
    settle(() => client.end());
    throw new Error('in drain');
  });
});
