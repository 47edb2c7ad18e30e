'use strict';

// pipe() of a source that has ended ends the destination, in a later tick.

const net = require('node:net');

const { HOST, collect, nt, serve, watch } = require('./tracer.js');

const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  source.resume();
  source.on('end', () => {
    watch(destination, 'D', ['pipe', 'unpipe', 'prefinish', 'finish', 'close']);
    source.pipe(destination);
    nt('D.nt');
    source.end();
  });
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => net.connect(port, HOST).end('x'));
  collect(first, 'C');
}, { allowHalfOpen: true });
