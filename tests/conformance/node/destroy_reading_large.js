'use strict';

// destroy() after half of 5 MB: the counters stay, and the writer is told.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S', ['finish', 'end', 'close']);
  socket.on('error', (err) => t('S.error', ['EPIPE', 'ECONNRESET'].includes(err.code)));
  socket.write(Buffer.alloc(20_000_000));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  let size = 0;
  client.on('data', (chunk) => {
    size += chunk.length;
    if (size > 2_000_000) client.destroy();
  });
  client.on('close', () => t('C.state', { same: size === client.bytesRead }));
});
