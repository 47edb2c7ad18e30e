'use strict';

// A destination that holds much is destroyed: that is lost, and the source is paused.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const SIZE = 20_000_000;
const sockets = [];
let reader;
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'prefinish', 'finish', 'error', 'close']);
  watch(source, 'S', ['end', 'finish', 'error', 'close']);
  source.pipe(destination);
  settle(() => {
    destination.destroy();
    t('D.sync', { bytesWritten: destination.bytesWritten });
    settle(() => {
      t('S.state', { isPaused: source.isPaused(), bytesRead: source.bytesRead });
      source.destroy();
      reader.destroy();
    });
  }, 40);
  server.close();
}, (port) => {
  reader = net.connect(port, HOST, () => {
    net.connect(port, HOST).on('error', () => {}).write(Buffer.alloc(SIZE));
  });
  reader.pause();
  reader.on('error', () => {});
}, { highWaterMark: 64_000_000 });
