'use strict';

// allowHalfOpen may be set before the peer ends.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S').end();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  t('C.state', { allowHalfOpen: client.allowHalfOpen });
  client.allowHalfOpen = true;
  client.on('end', () => settle(() => {
    t('C.state', { writable: client.writable });
    client.end('late');
  }));
});
