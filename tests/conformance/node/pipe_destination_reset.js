'use strict';

// The reader at the other end of the destination resets.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const sockets = [];
let writer;
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'finish', 'error', 'close']);
  watch(source, 'S', ['end', 'finish', 'error', 'close']);
  source.pipe(destination);
  server.close();
}, (port) => {
  const reader = net.connect(port, HOST, () => {
    writer = net.connect(port, HOST);
    writer.resume();
    writer.write('x');
  });
  reader.once('data', () => {
    reader.resetAndDestroy();
    settle(() => {
      t('S.state', { isPaused: sockets[1].isPaused(), destroyed: sockets[1].destroyed });
      sockets[1].resume();
      writer.end('y');
    });
  });
});
