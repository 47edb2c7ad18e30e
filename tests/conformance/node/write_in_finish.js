'use strict';

// write() in 'finish' is a write after the end.

const net = require('node:net');

const { HOST, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('finish', () => {
    t('C.write', client.write('x', (err) => t('C.written', err)));
    nt('C.nt');
  });
  client.end();
});
