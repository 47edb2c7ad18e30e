'use strict';

// destroy() in 'prefinish': the callback of end() fails, and 'finish' comes all the same.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('prefinish', () => client.destroy());
  client.on('connect', () => client.end('x', (err) => t('C.end_callback', err)));
});
