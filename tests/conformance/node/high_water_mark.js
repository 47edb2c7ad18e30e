'use strict';

// An own high-water mark of the client, and of the server for its sockets.

const net = require('node:net');

const { HOST, serve, t } = require('./tracer.js');

const marks = (socket) => ({
  readableHighWaterMark: socket.readableHighWaterMark,
  writableHighWaterMark: socket.writableHighWaterMark,
});
const server = serve((socket) => {
  t('S.marks', marks(socket));
  socket.end();
  socket.resume();
  server.close();
}, (port) => {
  const client = net.connect({ port, host: HOST, highWaterMark: 10 });
  t('C.marks', marks(client));
  t('C.write', client.write('123456789'), client.write('0'));
  client.resume();
}, { highWaterMark: 4096 });
