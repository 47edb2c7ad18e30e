'use strict';

// An exception in 'end': the socket does not end itself.

const net = require('node:net');

const { HOST, serve, settle, t, traceUncaught, watch } = require('./tracer.js');

traceUncaught('C');
const server = serve((socket) => {
  socket.end('abc');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('end', () => {
    settle(() => {
      t('C.state', { writable: client.writable, destroyed: client.destroyed });
      client.end();
    });
    throw new Error('in end');
  });
});
