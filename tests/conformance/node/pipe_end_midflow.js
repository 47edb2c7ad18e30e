'use strict';

// end() of a destination that is held back: it sends what it has, and the source stays paused.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const sockets = [];
let reader;
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'finish', 'error', 'close']);
  watch(source, 'S', ['end', 'finish', 'error', 'close']);
  source.pipe(destination);
  settle(() => {
    destination.end();
    reader.resume();
    settle(() => {
      t('S.state', { isPaused: source.isPaused(), destroyed: source.destroyed });
      source.destroy();
    });
  }, 40);
  server.close();
}, (port) => {
  reader = net.connect(port, HOST, () => {
    net.connect(port, HOST).on('error', () => {}).write(Buffer.alloc(20_000_000));
  });
  reader.pause();
  reader.on('end', () => t('C.end', { all: reader.bytesRead === sockets[0].bytesWritten }));
});
