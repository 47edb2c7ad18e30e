'use strict';

// close() inside 'listening': the connection that comes at once is refused or reset.

const net = require('node:net');

const { HOST, t, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['listening', 'connection', 'close']);
server.listen(0, HOST, () => {
  const { port } = server.address();
  server.close(() => t('srv.callback', server.listening));
  const client = net.connect(port, HOST);
  client.on('error', (err) => t('C.error', err.code));
  client.on('close', (hadError) => t('C.close', hadError));
});
