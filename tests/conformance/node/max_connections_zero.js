'use strict';

// maxConnections of 0 drops every connection; the client connects all the same.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve(() => t('srv.connection'), (port) => {
  server.maxConnections = 0;
  server.on('drop', () => t('srv.drop'));
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('close', () => server.close());
});
