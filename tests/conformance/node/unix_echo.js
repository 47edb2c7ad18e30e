'use strict';

// The whole life of a connection over a path.

const net = require('node:net');

const { collect, tempPath, watch } = require('./tracer.js');

const path = tempPath();
const server = watch(net.createServer(), 'srv', ['listening', 'connection', 'close']);
server.on('connection', (socket) => {
  watch(socket, 'S');
  socket.pipe(socket);
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C');
  collect(client, 'C').end('hello');
});
