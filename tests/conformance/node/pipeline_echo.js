'use strict';

// pipeline() of a socket into itself.

const net = require('node:net');
const stream = require('node:stream');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S', ['pipe', 'unpipe', 'end', 'finish', 'error', 'close']);
  stream.pipeline(socket, socket, (err) => t('S.done', err));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C').end('hello');
}, { allowHalfOpen: true });
