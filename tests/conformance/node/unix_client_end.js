'use strict';

// Over a path: the client ends first.

const net = require('node:net');

const { collect, t, tempPath, watch } = require('./tracer.js');

const path = tempPath();
const server = watch(net.createServer(), 'srv', ['listening', 'connection', 'close']);
server.on('connection', (socket) => {
  collect(watch(socket, 'S'), 'S');
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C');
  client.resume();
  client.on('connect', () => client.end('x', () => t('C.end_callback')));
});
