'use strict';

// onread: a callback that answers false pauses, until resume().

const net = require('node:net');

const { HOST, reading, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('abcdef');
  socket.resume();
  server.close();
}, (port) => {
  let reads = 0;
  const resume = () => {
    t('C.later', { reading: reading(client) });
    client.resume();
  };
  const callback = (size, data) => {
    t('C.onread', data.subarray(0, size));
    reads += 1;
    if (reads > 1) return 0; // false alone pauses
    settle(resume);
    return false;
  };
  const onread = { buffer: Buffer.alloc(2), callback };
  const client = watch(net.connect({ port, host: HOST, onread }), 'C');
});
