'use strict';

// unpipe() of two destinations, the first of which is held back.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const sockets = [];
let reader;
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 3) return;
  const [one, two] = sockets;
  watch(one, 'D1', ['pipe', 'unpipe']);
  watch(two, 'D2', ['pipe', 'unpipe']);
  socket.pipe(one);
  socket.pipe(two);
  settle(() => {
    t('S.state', { isPaused: socket.isPaused(), needDrain: one.writableNeedDrain });
    socket.unpipe();
    t('S.state', { isPaused: socket.isPaused(), readableFlowing: socket.readableFlowing });
    for (const each of sockets) each.destroy();
    reader.destroy();
  }, 40);
  server.close();
}, (port) => {
  reader = net.connect(port, HOST, () => {
    const other = net.connect(port, HOST, () => {
      net.connect(port, HOST).on('error', () => {}).write(Buffer.alloc(20_000_000));
    });
    other.on('error', () => {}).resume();
  });
  reader.pause();
  reader.on('error', () => {});
});
