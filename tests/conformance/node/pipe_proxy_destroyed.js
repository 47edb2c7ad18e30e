'use strict';

// The client of a proxy is destroyed: its end goes through to the backend, and comes back.

const net = require('node:net');

const { HOST, serve, watch } = require('./tracer.js');

const backend = serve((socket) => {
  watch(socket, 'B', ['end', 'finish', 'error', 'close']);
  socket.pipe(socket);
  backend.close();
}, (backendPort) => {
  const proxy = serve((inside) => {
    const outside = net.connect({ port: backendPort, host: HOST });
    watch(inside, 'I', ['pipe', 'unpipe', 'end', 'finish', 'error', 'close']);
    watch(outside, 'O', ['pipe', 'unpipe', 'end', 'finish', 'error', 'close']);
    inside.pipe(outside).pipe(inside);
    proxy.close();
  }, (port) => {
    const client = net.connect(port, HOST);
    client.write('x');
    client.once('data', () => client.destroy());
  });
});
