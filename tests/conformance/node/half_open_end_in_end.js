'use strict';

// A half-open server answers inside 'end'.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(watch(socket, 'S'), 'S');
  socket.on('end', () => {
    socket.end('answer', () => t('S.end_callback'));
    t('S.state', { readyState: socket.readyState, writableEnded: socket.writableEnded });
  });
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C').end('question');
}, { allowHalfOpen: true });
