'use strict';

// There is no reset for a pipe.

const net = require('node:net');

const { attempt, tempPath } = require('./tracer.js');

const path = tempPath();
const server = net.createServer((socket) => {
  socket.resume();
  server.close();
});
server.listen(path, () => {
  const client = net.connect(path);
  client.on('connect', () => {
    attempt('C.reset', () => client.resetAndDestroy());
    client.destroy();
  });
});
