'use strict';

// resetAndDestroy() in 'data'.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S', ['end', 'finish', 'error', 'close']).resume();
  socket.write('x');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => {
    t('C.data', chunk);
    client.resetAndDestroy();
  });
});
