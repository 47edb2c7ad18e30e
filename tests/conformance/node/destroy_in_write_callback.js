'use strict';

// destroy() in the callback of the first of three writes.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.write('a', (err) => {
      t('C.written_1', err);
      client.destroy();
    });
    client.write('b', (err) => t('C.written_2', err));
    client.write('c', (err) => t('C.written_3', err));
  });
});
