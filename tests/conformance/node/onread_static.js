'use strict';

// onread: every read is in the same buffer, and there is no 'data'.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const buffer = Buffer.alloc(4);
const server = serve((socket) => {
  socket.write('hello');
  settle(() => socket.end('world!'));
  socket.resume();
  server.close();
}, (port) => {
  const callback = (size, data) => {
    t('C.onread', size, data.subarray(0, size), { same: data === buffer });
  };
  const client = watch(net.connect({ port, host: HOST, onread: { buffer, callback } }), 'C');
  client.on('data', () => t('C.data'));
});
