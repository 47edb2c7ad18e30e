'use strict';

// The second end() brings data: that is a write after the end, and the first callback fails too.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  socket.on('error', () => {});
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.end('a', (err) => t('C.end_1', err));
    client.end('b', (err) => t('C.end_2', err));
  });
});
