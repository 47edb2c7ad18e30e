'use strict';

// pause() of a piped source holds the pipe back, until resume().

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.pipe(socket);
  socket.pause();
  t('S.paused', { readableFlowing: socket.readableFlowing, isPaused: socket.isPaused() });
  settle(() => {
    t('S.later', { bytesWritten: socket.bytesWritten });
    socket.resume();
  });
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C').end('hello');
});
