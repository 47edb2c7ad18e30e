'use strict';

// 500 messages to and fro.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.setNoDelay();
  socket.on('data', (chunk) => socket.write(chunk));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  let rounds = 0;
  client.setNoDelay();
  client.on('data', (chunk) => {
    rounds += 1;
    if (rounds < 500) client.write('ping');
    else client.end();
  });
  client.on('close', () => t('C.count', rounds, {
    bytesRead: client.bytesRead, bytesWritten: client.bytesWritten,
  }));
  client.write('ping');
});
