'use strict';

// resetAndDestroy() while connecting waits for the connection.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resetAndDestroy();
  t('C.sync', { destroyed: client.destroyed });
});
