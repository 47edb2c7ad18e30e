'use strict';

// The source is destroyed: the destination stays open, and stays piped to.

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
  settle(() => {
    socket.destroy();
    settle(() => {
      t('D.later', { destroyed: destination.destroyed, writable: destination.writable });
      destination.end('bye');
    });
  });
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => {
    const second = net.connect(port, HOST);
    second.write('x ');
    second.resume();
  });
  collect(first, 'C');
});
