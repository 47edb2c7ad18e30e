'use strict';

// connect() after 'close' starts a second life, with counters from zero.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

let connections = 0;
const server = serve((socket) => {
  connections += 1;
  socket.end(`hi ${connections}`);
  socket.resume();
  if (connections === 2) server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
  const state = () => ({
    destroyed: client.destroyed, connecting: client.connecting, bytesRead: client.bytesRead,
  });
  client.once('close', () => {
    t('C.state', state());
    client.connect(port, HOST);
    t('C.sync', state());
  });
});
