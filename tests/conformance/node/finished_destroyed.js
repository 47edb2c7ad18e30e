'use strict';

// finished() of a socket that is destroyed too early.

const net = require('node:net');
const stream = require('node:stream');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  stream.finished(client, (err) => t('C.finished', err));
  client.on('connect', () => client.destroy());
});
