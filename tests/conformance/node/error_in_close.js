'use strict';

// An exception in 'close'.

const net = require('node:net');

const { HOST, serve, traceUncaught, watch } = require('./tracer.js');

traceUncaught('C');
const server = serve((socket) => {
  socket.end('abc');
  socket.resume();
  server.close();
}, (port) => {
  watch(server, 'srv', ['close']);
  const client = watch(net.connect(port, HOST), 'C');
  client.on('close', () => { throw new Error('in close'); });
  client.resume();
});
