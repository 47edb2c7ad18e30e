'use strict';

// Over a path: a reader that does not read holds back the source of a pipe.

const net = require('node:net');

const { settle, t, tempPath, watch } = require('./tracer.js');

const SIZE = 10_000_000;
const path = tempPath();
const sockets = [];
let reader;
const server = net.createServer((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'finish', 'close']);
  source.pipe(destination);
  settle(() => {
    t('S.held', { isPaused: source.isPaused(), less: source.bytesRead < SIZE });
    reader.resume();
  }, 40);
  server.close();
});
server.listen(path, () => {
  reader = net.connect(path, () => net.connect(path).end(Buffer.alloc(SIZE)));
  reader.pause();
  reader.on('end', () => t('C.end', reader.bytesRead));
});
