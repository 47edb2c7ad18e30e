'use strict';

// onread: paused by the callback, the end of the peer is not seen until resume().

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('ab');
  socket.resume();
  server.close();
}, (port) => {
  const callback = (size, data) => {
    t('C.onread', data.subarray(0, size));
    settle(() => {
      t('C.state', { readableEnded: client.readableEnded });
      client.resume();
    });
    return false;
  };
  const onread = { buffer: Buffer.alloc(4), callback };
  const client = watch(net.connect({ port, host: HOST, onread }), 'C');
});
