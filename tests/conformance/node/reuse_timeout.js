'use strict';

// The idle timeout of a socket that connects again is set anew.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

let connections = 0;
const server = serve((socket) => {
  connections += 1;
  socket.resume();
  if (connections === 2) server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.setTimeout(500);
  client.once('connect', () => client.destroy());
  client.once('close', () => {
    client.connect(port, HOST);
    client.once('connect', () => {
      client.setTimeout(20, () => client.end());
      t('C.state', { timeout: client.timeout });
    });
  });
});
