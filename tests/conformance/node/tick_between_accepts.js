'use strict';

// Ticks run between two connections that are accepted in one turn.

const net = require('node:net');

const { HOST, nt, serve, t } = require('./tracer.js');

let connections = 0;
const server = serve((socket) => {
  connections += 1;
  t('srv.connection', connections);
  nt('srv.nt');
  socket.end();
  if (connections === 3) server.close();
}, (port) => {
  for (let i = 0; i < 3; i += 1) net.connect(port, HOST).resume();
});
