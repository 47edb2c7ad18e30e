'use strict';

// An exception in a 'connection' listener: the socket lives.

const net = require('node:net');

const { HOST, later, serve, traceUncaught, watch } = require('./tracer.js');

traceUncaught('S');
const server = serve((socket) => {
  watch(socket, 'S').resume();
  server.close();
  throw new Error('in connection');
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  later(30, () => client.end());
});
