'use strict';

// finished() tells when a socket is done in both directions.

const net = require('node:net');
const stream = require('node:stream');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S').end('x');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  stream.finished(client, (err) => t('C.finished', err));
  client.end('y');
});
