'use strict';

// Two sources, one after the other, into one destination.

const net = require('node:net');

const { HOST, collect, serve, watch } = require('./tracer.js');

const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 3) return;
  const [destination, one, two] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'finish', 'close']);
  one.pipe(destination, { end: false });
  one.on('end', () => two.pipe(destination));
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => {
    net.connect(port, HOST, () => net.connect(port, HOST).end('two')).end('one ');
  });
  collect(first, 'C');
});
