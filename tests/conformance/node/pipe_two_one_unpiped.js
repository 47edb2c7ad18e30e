'use strict';

// One of two destinations is unpiped in the middle: the other gets everything.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const SIZE = 5_000_000;
const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 3) return;
  const [one, two] = sockets;
  watch(one, 'D1', ['pipe', 'unpipe', 'error', 'close']);
  watch(two, 'D2', ['pipe', 'unpipe', 'finish', 'error', 'close']);
  socket.pipe(one);
  socket.pipe(two);
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => {
    const second = net.connect(port, HOST, () => net.connect(port, HOST).end(Buffer.alloc(SIZE)));
    second.resume();
    second.on('end', () => {
      t('C2.end', second.bytesRead);
      sockets[0].end();
    });
  });
  first.resume();
  first.once('data', () => sockets[2].unpipe(sockets[0]));
});
