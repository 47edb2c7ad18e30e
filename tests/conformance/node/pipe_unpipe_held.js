'use strict';

// unpipe() of a destination that holds much, below its high-water mark; it keeps what it has.

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
  settle(() => {
    t('D.state', { some: destination.writableLength > 0, bytesWritten: destination.bytesWritten });
    source.unpipe(destination);
    t('S.state', { isPaused: source.isPaused() });
    destination.write('!', (err) => t('D.written', err));
    destination.end();
    reader.resume();
    source.destroy();
  }, 40);
  server.close();
}, (port) => {
  reader = net.connect(port, HOST, () => {
    net.connect(port, HOST).on('error', () => {}).write(Buffer.alloc(SIZE));
  });
  reader.pause();
  reader.on('end', () => t('C.end', reader.bytesRead));
}, { highWaterMark: 64_000_000 });
