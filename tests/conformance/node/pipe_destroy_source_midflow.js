'use strict';

// The source is destroyed in the middle of 20 MB: the destination still sends what it has.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  watch(sockets[0], 'D', ['pipe', 'unpipe', 'finish', 'error', 'close']);
  watch(socket, 'S', ['end', 'finish', 'error', 'close']);
  socket.pipe(sockets[0]);
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => {
    net.connect(port, HOST).on('error', () => {}).end(Buffer.alloc(20_000_000));
  });
  first.once('data', () => {
    const [destination, source] = sockets;
    source.destroy();
    settle(() => {
      t('D.state', { writable: destination.writable, destroyed: destination.destroyed });
      destination.end();
    });
  });
  first.on('end', () => t('C.end', { all: first.bytesRead === sockets[0].bytesWritten }));
});
