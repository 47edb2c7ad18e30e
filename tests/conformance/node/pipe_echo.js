'use strict';

// socket.pipe(socket): the events and counters of an echo server.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S', ['pipe', 'unpipe', 'end', 'prefinish', 'finish', 'error', 'close']);
  t('S.same', socket.pipe(socket) === socket);
  t('S.state', { readableFlowing: socket.readableFlowing, isPaused: socket.isPaused() });
  socket.on('close', () => t('S.count', {
    bytesRead: socket.bytesRead, bytesWritten: socket.bytesWritten,
  }));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => {
    t('C.data', chunk);
    if (client.bytesRead < 9) client.write('two');
    else client.end();
  });
  client.write('one');
});
