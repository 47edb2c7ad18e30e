'use strict';

// Two end() calls: both callbacks succeed. A third, after 'finish', is told that it is too late.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.end((err) => t('C.end_1', err));
    client.end((err) => t('C.end_2', err));
  });
  client.on('finish', () => client.end((err) => t('C.end_3', err)));
});
