'use strict';

// Two sockets piped into each other: the end of one goes through to the other.

const net = require('node:net');

const { HOST, collect, serve, watch } = require('./tracer.js');

const backend = serve((socket) => {
  collect(watch(socket, 'B', ['end', 'finish', 'close']), 'B');
  socket.on('end', () => socket.end('response'));
  backend.close();
}, (backendPort) => {
  const proxy = serve((inside) => {
    const outside = net.connect({ port: backendPort, host: HOST, allowHalfOpen: true });
    watch(inside, 'I', ['pipe', 'unpipe', 'end', 'finish', 'close']);
    watch(outside, 'O', ['pipe', 'unpipe', 'connect', 'end', 'finish', 'close']);
    inside.pipe(outside).pipe(inside);
    proxy.close();
  }, (port) => {
    const client = watch(net.connect(port, HOST), 'C', ['end', 'finish', 'close']);
    collect(client, 'C').end('request');
  }, { allowHalfOpen: true });
}, { allowHalfOpen: true });
