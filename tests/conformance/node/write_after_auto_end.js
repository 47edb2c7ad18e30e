'use strict';

// A tick after the peer's end the socket has ended itself: a write gets EPIPE, and 'error' too.

const net = require('node:net');

const { HOST, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('prefinish', () => {
    t('C.write', client.write('x', (err) => t('C.written', err)));
    nt('C.nt');
  });
});
