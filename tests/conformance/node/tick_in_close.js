'use strict';

// What is queued in 'close': ticks and immediates, and the next connection.

const net = require('node:net');

const { HOST, im, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end();
  socket.resume();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C', ['connect', 'end', 'close']);
  client.resume();
  client.on('close', () => {
    nt('C.nt');
    im('C.im');
    server.close(() => t('C.closed'));
    t('C.sync');
  });
});
