'use strict';

// The server resets in its connection handler: that is a failure to connect.

const net = require('node:net');

const { HOST, message, serve, sleep, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resetAndDestroy();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connectionAttempt', () => process.nextTick(sleep, 20)); // until the kernel has both
  client.on('error', (err) => t('C.message', message(err)));
});
