'use strict';

// The destination is destroyed: it is unpiped, and the source goes on, paused.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

let client;
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
    destination.destroy();
    settle(() => {
      t('S.later', { destroyed: socket.destroyed, readableFlowing: socket.readableFlowing });
      socket.resume();
      client.end();
    });
  });
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => {
    client = net.connect(port, HOST);
    client.write('x');
    client.resume();
  });
  first.resume();
});
