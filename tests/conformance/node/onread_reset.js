'use strict';

// onread: a reset of the peer is an 'error'.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.write('ab');
  settle(() => socket.resetAndDestroy());
  server.close();
}, (port) => {
  const callback = (size, data) => t('C.onread', data.subarray(0, size));
  const onread = { buffer: Buffer.alloc(4), callback };
  watch(net.connect({ port, host: HOST, onread }), 'C');
});
