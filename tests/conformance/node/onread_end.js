'use strict';

// onread: the end of the peer, without anything before it.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end();
  socket.resume();
  server.close();
}, (port) => {
  const onread = { buffer: Buffer.alloc(4), callback: () => t('C.onread') };
  watch(net.connect({ port, host: HOST, onread }), 'C');
});
