'use strict';

// end() with the answer inside 'data'.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S');
  socket.on('data', (chunk) => {
    socket.end(`echo ${chunk}`, () => t('S.end_callback'));
    t('S.state', { writableEnded: socket.writableEnded, writableLength: socket.writableLength });
  });
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
  client.write('hello');
});
