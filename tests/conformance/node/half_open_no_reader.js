'use strict';

// A half-open client that never reads sees the bare end of its peer, and stays writable.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S').end();
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, allowHalfOpen: true }), 'C');
  client.on('end', () => settle(() => {
    t('C.state', { readableFlowing: client.readableFlowing, readyState: client.readyState });
    client.end('bye');
  }));
});
