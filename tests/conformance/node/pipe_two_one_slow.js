'use strict';

// Two destinations, one of them slow: each gets everything.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const SIZE = 8_000_000;
const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 3) return;
  watch(socket, 'S', ['end', 'finish', 'close']);
  socket.pipe(sockets[0]);
  socket.pipe(sockets[1]);
  server.close();
}, (port) => {
  const count = (client, end) => {
    let size = 0;
    client.on('data', (chunk) => { size += chunk.length; });
    client.on('end', () => t(`${end}.end`, size));
    return client;
  };
  const slow = count(net.connect(port, HOST, () => {
    count(net.connect(port, HOST, () => net.connect(port, HOST).end(Buffer.alloc(SIZE))), 'C2');
  }), 'C1');
  slow.on('data', () => {
    slow.pause();
    setImmediate(() => slow.resume());
  });
});
