'use strict';

// Through a Transform and back.

const net = require('node:net');
const stream = require('node:stream');

const { HOST, collect, serve, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S', ['pipe', 'unpipe', 'end', 'finish', 'close']);
  const upper = new stream.Transform({
    transform: (chunk, encoding, callback) => {
      callback(null, chunk.toString('latin1').toUpperCase());
    },
    flush: (callback) => callback(null, '!'),
  });
  watch(upper, 'T', ['pipe', 'unpipe', 'end', 'finish', 'close']);
  socket.pipe(upper).pipe(socket);
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C').end('hello');
}, { allowHalfOpen: true });
