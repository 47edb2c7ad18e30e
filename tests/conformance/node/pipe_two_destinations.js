'use strict';

// One source, two destinations: each gets everything.

const net = require('node:net');

const { HOST, collect, serve, watch } = require('./tracer.js');

const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 3) return;
  watch(sockets[0], 'D1', ['pipe', 'unpipe', 'finish', 'close']);
  watch(sockets[1], 'D2', ['pipe', 'unpipe', 'finish', 'close']);
  watch(socket, 'S', ['end', 'finish', 'close']);
  socket.pipe(sockets[0]);
  socket.pipe(sockets[1]);
  server.close();
}, (port) => {
  collect(net.connect(port, HOST, () => {
    collect(net.connect(port, HOST, () => {
      net.connect(port, HOST).end('hello');
    }), 'C2');
  }), 'C1');
});
