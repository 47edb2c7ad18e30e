'use strict';

// An exception in 'readable': what is buffered can still be read.

const net = require('node:net');

const { HOST, serve, settle, t, traceUncaught, watch } = require('./tracer.js');

traceUncaught('C');
const server = serve((socket) => {
  socket.end('abc');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('readable', () => {
    settle(() => {
      t('C.read', client.read());
      client.resume();
    });
    throw new Error('in readable');
  });
});
