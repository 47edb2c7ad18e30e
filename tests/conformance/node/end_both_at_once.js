'use strict';

// Both ends end in their first callback.

const net = require('node:net');

const { HOST, collect, serve, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(watch(socket, 'S'), 'S').end('from S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C').end('from C');
});
