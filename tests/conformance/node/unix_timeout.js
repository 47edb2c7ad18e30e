'use strict';

// Over a path: 'timeout', and the end in it.

const net = require('node:net');

const { tempPath, watch } = require('./tracer.js');

const path = tempPath();
const server = net.createServer((socket) => {
  socket.resume();
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C');
  client.resume();
  client.on('connect', () => client.setTimeout(20, () => client.end()));
});
