'use strict';

// An exception in a 'data' listener: the stream goes on.

const net = require('node:net');

const { HOST, serve, traceUncaught, watch } = require('./tracer.js');

traceUncaught('C');
const server = serve((socket) => {
  socket.end('abc');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', () => { throw new Error('in data'); });
});
