'use strict';

// write() after end(): the callback and 'error' both get the error.

const net = require('node:net');

const { HOST, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.end();
    t('C.write', client.write('x', (err) => t('C.written', err)));
    nt('C.nt');
  });
});
