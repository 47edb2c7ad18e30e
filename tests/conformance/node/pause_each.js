'use strict';

// pause() in every 'data', and resume() later: 1 MB arrives as a whole.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const SIZE = 1_000_000;
const server = serve((socket) => {
  socket.end(Buffer.alloc(SIZE));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  let size = 0;
  client.on('data', (chunk) => {
    size += chunk.length;
    client.pause();
    setImmediate(() => client.resume());
  });
  client.on('end', () => t('C.size', size));
});
