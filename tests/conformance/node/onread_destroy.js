'use strict';

// onread: destroy() in the callback; nothing more is read.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.on('error', () => {});
  socket.write('abcdef');
  server.close();
}, (port) => {
  const callback = (size, data) => {
    t('C.onread', data.subarray(0, size));
    client.destroy();
  };
  const onread = { buffer: Buffer.alloc(2), callback };
  const client = watch(net.connect({ port, host: HOST, onread }), 'C');
});
