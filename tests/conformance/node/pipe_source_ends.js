'use strict';

// The end of the source ends the destination, which can still be read.

const net = require('node:net');

const { HOST, collect, serve, settle, watch } = require('./tracer.js');

const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'end', 'finish', 'close']);
  watch(source, 'S', ['end', 'finish', 'close']);
  collect(destination, 'D');
  source.pipe(destination);
  server.close();
}, (port) => {
  const options = { port, host: HOST, allowHalfOpen: true };
  const first = net.connect(options, () => net.connect(port, HOST).end('hello'));
  collect(first, 'C');
  first.on('end', () => settle(() => first.end('late')));
});
