'use strict';

// Aborting destroys a client with an AbortError.

const net = require('node:net');

const { HOST, message, nt, serve, t, watch } = require('./tracer.js');

const controller = new AbortController();
const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, signal: controller.signal }), 'C');
  client.on('connect', () => {
    controller.abort();
    t('C.sync', { destroyed: client.destroyed });
    nt('C.nt');
  });
  client.on('error', (err) => {
    t('C.message', message(err), { name: err.name, cause: err.cause.name });
  });
});
