'use strict';

// destroy() in 'drain': the callback of the write that drained still succeeds.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    t('C.write', client.write(Buffer.alloc(20_000_000), (err) => t('C.written', err)));
  });
  client.on('drain', () => client.destroy());
});
