'use strict';

// The peer ends while 5 MB are queued here: they are written before the socket ends itself.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const SIZE = 5_000_000;
const server = serve((socket) => {
  let size = 0;
  socket.on('data', (chunk) => { size += chunk.length; });
  socket.on('end', () => t('S.end', size));
  socket.end();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => client.write(Buffer.alloc(SIZE), (err) => t('- written', err)));
});
