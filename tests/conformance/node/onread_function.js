'use strict';

// onread: a buffer function is called once at the start, and after every read.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('abcdef');
  socket.resume();
  server.close();
}, (port) => {
  let buffers = 0;
  const onread = {
    buffer: () => {
      buffers += 1;
      t('C.buffer', buffers);
      return Buffer.alloc(3);
    },
    callback: (size, data) => t('C.onread', data.subarray(0, size)),
  };
  watch(net.connect({ port, host: HOST, onread }), 'C');
});
