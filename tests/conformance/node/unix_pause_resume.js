'use strict';

// Over a path: pause() in 'data', more data, and resume().

const net = require('node:net');

const { settle, t, tempPath, watch } = require('./tracer.js');

let peer;
const path = tempPath();
const server = net.createServer((socket) => {
  peer = socket;
  socket.resume();
  socket.write('one');
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C');
  client.once('data', () => {
    client.pause();
    peer.end('two');
    settle(() => {
      t('C.state', { readableLength: client.readableLength, bytesRead: client.bytesRead });
      client.resume();
    });
  });
  client.on('data', (chunk) => t('C.data', chunk));
});
