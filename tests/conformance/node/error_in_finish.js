'use strict';

// An exception in 'finish', which comes after the end of the peer.

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
  client.on('finish', () => {
    settle(() => {
      t('C.state', { destroyed: client.destroyed });
      client.destroy();
    });
    throw new Error('in finish');
  });
});
