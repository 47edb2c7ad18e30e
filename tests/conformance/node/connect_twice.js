'use strict';

// connect() while connecting.

const net = require('node:net');

const { HOST, attempt, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  t('S.connection');
  socket.resume();
}, (port) => {
  const client = watch(net.connect(port, HOST, () => t('C.callback_1')), 'C');
  attempt('C.connect', () => client.connect(port, HOST, () => t('C.callback_2')));
  settle(() => {
    client.destroy();
    server.close();
  });
});
