'use strict';

// pause() of the source in the middle of 5 MB, and resume().

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const SIZE = 5_000_000;
const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  watch(sockets[0], 'D', ['pipe', 'unpipe', 'finish', 'close']);
  socket.pipe(sockets[0]);
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => net.connect(port, HOST).end(Buffer.alloc(SIZE)));
  let size = 0;
  first.once('data', () => {
    const [, source] = sockets;
    source.pause();
    t('S.paused', source.isPaused(), { readableFlowing: source.readableFlowing });
    settle(() => source.resume());
  });
  first.on('data', (chunk) => { size += chunk.length; });
  first.on('end', () => t('C.end', size));
});
