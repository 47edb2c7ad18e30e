'use strict';

// The peer of a pipe's source resets: 'error' at the source, and the destination is left alone.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

let destination;
const server = serve((socket) => {
  if (destination === undefined) {
    destination = socket;
    watch(destination, 'D', ['pipe', 'unpipe', 'end', 'finish', 'error', 'close']);
    return;
  }
  watch(socket, 'S', ['end', 'finish', 'error', 'close']);
  socket.pipe(destination);
  socket.on('close', () => settle(() => {
    t('D.later', { destroyed: destination.destroyed, writable: destination.writable });
    destination.end();
  }));
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => {
    const second = net.connect(port, HOST);
    second.write('x');
    settle(() => second.resetAndDestroy());
  });
  collect(first, 'C');
});
