'use strict';

// A 'data' listener that was there before pipe().

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S', ['pipe', 'unpipe', 'end', 'finish', 'close']);
  socket.on('data', (chunk) => t('S.data', chunk));
  socket.pipe(socket);
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C').end('hello');
});
