'use strict';

// end() was called before the peer's end: a write inside 'end' gets EPIPE.

const net = require('node:net');

const { HOST, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.end();
  client.on('end', () => {
    t('C.write', client.write('x', (err) => t('C.written', err)));
    nt('C.nt');
  });
});
