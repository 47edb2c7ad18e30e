'use strict';

// Over a path: the destination of a pipe is destroyed.

const net = require('node:net');

const { settle, t, tempPath, watch } = require('./tracer.js');

const path = tempPath();
const sockets = [];
let writer;
const server = net.createServer((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'finish', 'error', 'close']);
  watch(source, 'S', ['end', 'finish', 'error', 'close']);
  source.pipe(destination);
  server.close();
});
server.listen(path, () => {
  const reader = net.connect(path, () => {
    writer = net.connect(path);
    writer.resume();
    writer.write('x');
  });
  reader.once('data', () => {
    sockets[0].destroy();
    settle(() => {
      t('S.state', { isPaused: sockets[1].isPaused() });
      sockets[1].resume();
      writer.end();
    });
  });
});
