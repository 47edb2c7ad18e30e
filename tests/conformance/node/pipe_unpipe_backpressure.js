'use strict';

// unpipe() of a destination that is held back, and pipe() once more: nothing is lost.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const SIZE = 20_000_000;
const sockets = [];
let reader;
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'finish', 'close']);
  source.pipe(destination);
  settle(() => {
    source.unpipe(destination);
    t('S.state', { isPaused: source.isPaused(), needDrain: destination.writableNeedDrain });
    source.pipe(destination);
    t('S.state', { isPaused: source.isPaused() });
    reader.resume();
  }, 40);
  server.close();
}, (port) => {
  reader = net.connect(port, HOST, () => net.connect(port, HOST).end(Buffer.alloc(SIZE)));
  reader.pause();
  reader.on('end', () => t('C.end', reader.bytesRead));
});
