'use strict';

// From a path to a port and back: 5 MB through a proxy between the two kinds.

const net = require('node:net');

const { HOST, serve, t, tempPath, watch } = require('./tracer.js');

const SIZE = 5_000_000;
const path = tempPath();
const backend = serve((socket) => {
  socket.pipe(socket);
  backend.close();
}, (port) => {
  const proxy = net.createServer({ allowHalfOpen: true }, (inside) => {
    const outside = net.connect({ port, host: HOST, allowHalfOpen: true });
    watch(inside, 'I', ['pipe', 'unpipe', 'end', 'finish', 'close']);
    watch(outside, 'O', ['pipe', 'unpipe', 'end', 'finish', 'close']);
    inside.pipe(outside).pipe(inside);
    proxy.close();
  });
  proxy.listen(path, () => {
    const client = net.connect(path);
    client.resume();
    client.on('end', () => t('C.end', client.bytesRead));
    client.end(Buffer.alloc(SIZE));
  });
}, { allowHalfOpen: true });
