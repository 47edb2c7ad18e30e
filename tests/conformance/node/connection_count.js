'use strict';

// A server counts a socket until it is destroyed; its close comes before that of the last one.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

let second;
let connections = 0;
const count = (event) => server.getConnections((err, n) => t('srv.count', event, err, n));
const server = serve((socket) => {
  connections += 1;
  const name = connections;
  count(`connection ${name}`);
  socket.on('end', () => count(`end ${name}`));
  socket.on('close', () => {
    count(`close ${name}`);
    if (name === 1) second.end();
  });
  socket.resume();
  if (name === 2) server.close();
}, (port) => {
  watch(server, 'srv', ['close']);
  const first = net.connect(port, HOST, () => {
    second = net.connect(port, HOST, () => settle(() => first.end()));
    second.resume();
  });
  first.resume();
});
