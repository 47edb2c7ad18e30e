'use strict';

// unpipe() in the middle of 5 MB: what the destination did not get is still there.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const SIZE = 5_000_000;
const sockets = [];
let received = 0;
let rest = 0;
const unpipe = () => {
  const [destination, source] = sockets;
  source.unpipe(destination);
  t('S.unpiped', { readableFlowing: source.readableFlowing, isPaused: source.isPaused() });
  source.on('data', (chunk) => { rest += chunk.length; });
  source.on('end', () => destination.end());
  settle(() => source.resume());
};
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  watch(socket, 'S', ['end', 'finish', 'close']);
  socket.pipe(sockets[0]);
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => net.connect(port, HOST).end(Buffer.alloc(SIZE)));
  first.once('data', unpipe);
  first.on('data', (chunk) => { received += chunk.length; });
  first.on('end', () => t('- total', received + rest));
});
