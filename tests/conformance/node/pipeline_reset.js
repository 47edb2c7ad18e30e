'use strict';

// pipeline() of two sockets: a reset of the source's peer destroys the destination too.

const net = require('node:net');
const stream = require('node:stream');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['end', 'finish', 'error', 'close']);
  watch(source, 'S', ['end', 'finish', 'error', 'close']);
  stream.pipeline(source, destination, (err) => t('S.done', err));
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => {
    const second = net.connect(port, HOST);
    second.write('x');
    first.once('data', () => second.resetAndDestroy());
  });
  collect(first, 'C');
});
