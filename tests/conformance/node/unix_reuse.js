'use strict';

// Over a path: connect() after 'close'.

const net = require('node:net');

const { t, tempPath, watch } = require('./tracer.js');

let connections = 0;
const path = tempPath();
const server = net.createServer((socket) => {
  connections += 1;
  socket.end(`hi ${connections}`);
  socket.resume();
  if (connections === 2) server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C');
  client.on('data', (chunk) => t('C.data', chunk));
  client.once('close', () => client.connect(path));
});
