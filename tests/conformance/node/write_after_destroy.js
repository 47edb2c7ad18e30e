'use strict';

// write() after destroy(): only the callback gets the error.

const net = require('node:net');

const { HOST, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.destroy();
    t('C.write', client.write('x', (err) => t('C.written', err)));
    nt('C.nt');
  });
});
