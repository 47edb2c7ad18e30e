'use strict';

// Over a path: destroy() with unread data resets the peer, as over TCP.

const net = require('node:net');

const { settle, tempPath, watch } = require('./tracer.js');

const path = tempPath();
const server = net.createServer((socket) => {
  watch(socket, 'S', ['end', 'finish', 'error', 'close']).write('unread');
  socket.resume();
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C');
  client.pause();
  client.on('connect', () => settle(() => client.destroy()));
});
