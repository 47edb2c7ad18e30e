'use strict';

// unpipe() of the one of two destinations that holds back the source: the other one goes on.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const SIZE = 20_000_000;
const sockets = [];
let reader;
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 3) return;
  const [one, two] = sockets;
  watch(one, 'D1', ['pipe', 'unpipe']);
  watch(two, 'D2', ['pipe', 'unpipe', 'finish', 'close']);
  socket.pipe(one);
  socket.pipe(two);
  settle(() => {
    t('S.state', { isPaused: socket.isPaused(), needDrain: one.writableNeedDrain });
    socket.unpipe(one);
    t('S.state', { isPaused: socket.isPaused() });
    one.destroy();
    reader.destroy();
  }, 40);
  server.close();
}, (port) => {
  reader = net.connect(port, HOST, () => {
    const other = net.connect(port, HOST, () => net.connect(port, HOST).end(Buffer.alloc(SIZE)));
    other.resume();
    other.on('end', () => t('C.end', other.bytesRead));
  });
  reader.pause();
  reader.on('error', () => {});
});
