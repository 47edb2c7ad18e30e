'use strict';

// onread: an exception in the callback; reading goes on.

const net = require('node:net');

const { HOST, serve, t, traceUncaught, watch } = require('./tracer.js');

traceUncaught('C');
const server = serve((socket) => {
  socket.end('abcd');
  socket.resume();
  server.close();
}, (port) => {
  const callback = (size, data) => {
    t('C.onread', data.subarray(0, size));
    throw new Error('in onread');
  };
  const onread = { buffer: Buffer.alloc(2), callback };
  watch(net.connect({ port, host: HOST, onread }), 'C');
});
