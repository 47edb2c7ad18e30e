'use strict';

// The source ends while its destination holds 20 MB, below its high-water mark.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const SIZE = 20_000_000;
const sockets = [];
let reader;
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'prefinish', 'finish', 'drain', 'close']);
  source.pipe(destination);
  source.on('end', () => settle(() => {
    t('D.state', {
      some: destination.writableLength > 0,
      needDrain: destination.writableNeedDrain,
      ended: destination.writableEnded,
      isPaused: source.isPaused(),
      bytesWritten: destination.bytesWritten,
    });
    reader.resume();
  }));
  server.close();
}, (port) => {
  reader = net.connect(port, HOST, () => net.connect(port, HOST).end(Buffer.alloc(SIZE)));
  reader.pause();
  reader.on('end', () => t('C.end', reader.bytesRead));
}, { highWaterMark: 64_000_000 });
