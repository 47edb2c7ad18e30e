'use strict';

// push() after destroy() in 'data' is without effect.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.on('error', () => {});
  socket.write('one');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => {
    t('C.data', chunk);
    client.destroy();
    t('C.push', client.push('two'), { readableLength: client.readableLength });
  });
});
