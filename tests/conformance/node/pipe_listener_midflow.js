'use strict';

// A 'pause' listener on a source that is held back, and a 'drain' listener on its destination.

const net = require('node:net');

const { HOST, serve, settle, t } = require('./tracer.js');

const SIZE = 20_000_000;
const sockets = [];
let reader;
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  source.pipe(destination);
  settle(() => {
    source.on('resume', () => t('S.resume', { isPaused: source.isPaused() }));
    destination.once('drain', () => t('D.drain'));
    source.once('resume', () => source.removeAllListeners('resume'));
    reader.resume();
  }, 40);
  server.close();
}, (port) => {
  reader = net.connect(port, HOST, () => net.connect(port, HOST).end(Buffer.alloc(SIZE)));
  reader.pause();
  reader.on('end', () => t('C.end', reader.bytesRead));
});
