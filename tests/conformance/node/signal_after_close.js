'use strict';

// Aborting after 'close' is without effect.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const controller = new AbortController();
const server = serve((socket) => {
  socket.end();
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, signal: controller.signal }), 'C');
  client.resume();
  client.on('close', () => {
    controller.abort();
    settle(() => t('C.state', { errored: client.errored }));
  });
});
