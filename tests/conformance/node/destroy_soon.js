'use strict';

// destroySoon() writes what is queued, and does not wait for the peer's end.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const SIZE = 4_000_000;
const server = serve((socket) => {
  let size = 0;
  socket.on('data', (chunk) => { size += chunk.length; });
  socket.on('end', () => t('S.end', size));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.write(Buffer.alloc(SIZE));
    client.destroySoon();
    t('C.sync', { destroyed: client.destroyed, writable: client.writable });
  });
});
