'use strict';

// Leaving the iteration early destroys the socket.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.on('error', () => {});
  socket.write('one');
  server.close();
}, async (port) => {
  const client = watch(net.connect(port, HOST), 'C', ['end', 'error', 'close']);
  for await (const chunk of client) {
    t('C.chunk', chunk);
    break;
  }
  t('C.after', { destroyed: client.destroyed });
});
