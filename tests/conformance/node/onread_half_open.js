'use strict';

// onread: a half-open socket answers after the end.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S').end('question');
  server.close();
}, (port) => {
  const callback = (size, data) => t('C.onread', data.subarray(0, size));
  const onread = { buffer: Buffer.alloc(16), callback };
  const client = watch(net.connect({ port, host: HOST, onread, allowHalfOpen: true }), 'C');
  client.on('end', () => settle(() => client.end('answer')));
});
