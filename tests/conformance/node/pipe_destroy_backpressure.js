'use strict';

// A destination that is held back is destroyed: the source stays open and paused.

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
    destination.destroy();
    settle(() => {
      t('S.state', { isPaused: source.isPaused(), destroyed: source.destroyed });
      reader.destroy();
      source.resume();
    });
  }, 40);
  server.close();
}, (port) => {
  reader = net.connect(port, HOST, () => {
    net.connect(port, HOST).end(Buffer.alloc(20_000_000)).resume();
  });
  reader.pause();
  reader.on('error', () => {});
});
