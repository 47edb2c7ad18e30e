'use strict';

// A large write in 'drain', before the callback of the one that has drained.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const SIZE = 20_000_000;
const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => client.write(Buffer.alloc(SIZE), () => t('C.written', 1)));
  client.once('drain', () => {
    t('C.write', client.write(Buffer.alloc(SIZE), () => t('C.written', 2)));
    client.once('drain', () => client.end(() => t('C.end_callback')));
  });
});
