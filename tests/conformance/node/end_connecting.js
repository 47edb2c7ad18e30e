'use strict';

// end() with data while connecting, and a second end() without.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.end('data', (err) => t('C.end_1', err));
  client.end((err) => t('C.end_2', err));
  t('C.state', { readyState: client.readyState, writable: client.writable });
});
