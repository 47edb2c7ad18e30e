'use strict';

// A class that overrides push() sees every chunk, and may change it.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

class Upper extends net.Socket {
  push(chunk, encoding) {
    return super.push(chunk && Buffer.from(String(chunk).toUpperCase()), encoding);
  }
}
const server = serve((socket) => {
  socket.end('hello');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(new Upper(), 'C');
  client.connect(port, HOST);
  client.on('data', (chunk) => t('C.data', chunk));
});
