'use strict';

// Over a path: corked writes and their callbacks.

const net = require('node:net');

const { collect, t, tempPath, watch } = require('./tracer.js');

const path = tempPath();
const server = net.createServer((socket) => {
  collect(socket, 'S');
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C');
  client.resume();
  client.on('connect', () => {
    client.cork();
    client.write('a', () => t('C.written', 'a'));
    client.write('b', () => t('C.written', 'b'));
    t('C.state', { writableLength: client.writableLength });
    client.uncork();
    t('C.state', { writableLength: client.writableLength });
    client.end('c', () => t('C.written', 'c'));
  });
});
