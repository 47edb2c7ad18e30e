'use strict';

// unpipe(): the destination gets no more; a 'data' listener gets what comes then.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

let peer;
const unpipe = () => {
  peer.unpipe(peer);
  t('S.unpiped', { readableFlowing: peer.readableFlowing, isPaused: peer.isPaused() });
  peer.write('!');
  collect(peer, 'S').resume();
};
const server = serve((socket) => {
  peer = watch(socket, 'S', ['pipe', 'unpipe', 'end', 'finish', 'close']);
  socket.pipe(socket);
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  let received = '';
  client.on('data', (chunk) => {
    received += chunk;
    if (received === 'one') unpipe();
    if (received === 'one!') client.end('two');
  });
  client.on('end', () => t('C.received', received));
  client.write('one');
});
