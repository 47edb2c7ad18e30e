'use strict';

// Only the first error counts; destroy() in 'close' does nothing.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.destroy(new Error('first'));
    t('C.same', client.destroy(new Error('second')) === client);
    t('C.errored', client.errored);
  });
  client.on('close', () => client.destroy(new Error('third')));
});
