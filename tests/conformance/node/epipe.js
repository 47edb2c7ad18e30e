'use strict';

// A half-open client writes twice to a peer that is gone.

const net = require('node:net');

const { HOST, message, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.destroy();
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, allowHalfOpen: true }), 'C');
  client.resume();
  client.on('end', () => {
    client.write('x', (err) => t('C.written_1', err));
    settle(() => client.write('y', (err) => t('C.written_2', err, message(err))));
  });
});
