'use strict';

// A class that overrides emit() sees every event, 'data' too.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

class Seen extends net.Socket {
  emit(event, ...args) {
    if (event === 'data' || event === 'end') t('C.emit', event);
    return super.emit(event, ...args);
  }
}
const server = serve((socket) => {
  socket.end('x');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(new Seen(), 'C');
  client.connect(port, HOST);
  client.on('data', (chunk) => t('C.data', chunk));
});
