'use strict';

// The lookup of a socket keeps the process, although the socket does not.

const net = require('node:net');

const { atExit, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => socket.end(), (port) => {
  server.unref();
  const client = net.connect({ port, host: 'localhost', family: 4 });
  watch(client, 'C', ['lookup', 'connectionAttempt', 'connect']).unref();
  t('C.sync');
  atExit(() => {
    client.destroy();
    server.close();
  });
});
