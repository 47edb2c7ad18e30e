'use strict';

// pauseOnConnect: not a byte of an accepted socket is read until resume().

const net = require('node:net');

const { HOST, collect, reading, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  t('S.state', {
    reading: reading(socket),
    readableFlowing: socket.readableFlowing,
    isPaused: socket.isPaused(),
  });
  collect(watch(socket, 'S'), 'S');
  settle(() => {
    t('S.later', { bytesRead: socket.bytesRead });
    socket.resume();
  });
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.end('hello');
  client.resume();
}, { pauseOnConnect: true });
