'use strict';

// The source is destroyed while its destination holds what it has brought: that is still sent.

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
  watch(source, 'S', ['end', 'finish', 'error', 'close']);
  source.pipe(destination);
  settle(() => {
    source.destroy();
    t('D.state', { some: destination.writableLength > 0, bytesWritten: destination.bytesWritten });
    settle(() => {
      t('D.state', { some: destination.writableLength > 0, writable: destination.writable });
      destination.end('!');
      reader.resume();
    });
  }, 40);
  server.close();
}, (port) => {
  reader = net.connect(port, HOST, () => {
    net.connect(port, HOST).on('error', () => {}).write(Buffer.alloc(SIZE));
  });
  reader.pause();
  reader.on('end', () => t('C.end', reader.bytesRead));
}, { highWaterMark: 64_000_000 });
