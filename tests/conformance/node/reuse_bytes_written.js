'use strict';

// The counter of written bytes starts again with the second connection.

const net = require('node:net');

const { HOST, serve, t } = require('./tracer.js');

let connections = 0;
const server = serve((socket) => {
  connections += 1;
  socket.resume();
  if (connections === 2) server.close();
}, (port) => {
  const client = new net.Socket();
  const connect = () => client.connect(port, HOST, () => client.end('abc'));
  client.on('close', () => t('C.close', { bytesWritten: client.bytesWritten }));
  client.once('close', connect);
  client.resume();
  connect();
});
