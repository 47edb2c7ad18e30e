'use strict';

// pipe() with end false: the destination stays open, and can be written to.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S', ['pipe', 'unpipe', 'end', 'finish', 'close']);
  socket.pipe(socket, { end: false });
  socket.on('end', () => settle(() => {
    t('S.later', { writable: socket.writable });
    socket.end('bye');
  }));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C').end('hello ');
}, { allowHalfOpen: true });
