'use strict';

// A 'data' listener that comes and goes in the middle of 5 MB.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const SIZE = 5_000_000;
let seen = 0;
const server = serve((socket) => {
  watch(socket, 'S', ['pipe', 'unpipe', 'end', 'finish', 'close']);
  const listener = (chunk) => {
    seen += chunk.length;
    socket.off('data', listener);
    setImmediate(() => seen < 1_000_000 && socket.on('data', listener));
  };
  socket.pipe(socket);
  settle(() => socket.on('data', listener), 1);
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.resume();
  client.on('end', () => t('C.end', client.bytesRead, { all: seen <= SIZE }));
  client.end(Buffer.alloc(SIZE));
});
