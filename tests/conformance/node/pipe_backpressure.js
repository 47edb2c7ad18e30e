'use strict';

// A reader that does not read holds back the source, through the pipe; and lets it go on.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const SIZE = 20_000_000;
const sockets = [];
let reader;
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(source, 'S', ['end', 'finish', 'close']);
  source.pipe(destination);
  settle(() => {
    t('S.held', { isPaused: source.isPaused(), readableFlowing: source.readableFlowing });
    t('D.held', { needDrain: destination.writableNeedDrain, some: destination.writableLength > 0 });
    reader.resume();
  }, 40);
  server.close();
}, (port) => {
  reader = net.connect(port, HOST, () => net.connect(port, HOST).end(Buffer.alloc(SIZE)));
  reader.pause();
  reader.on('end', () => t('C.end', reader.bytesRead));
});
