'use strict';

// A 'connection' listener that rejects destroys its socket.

const events = require('node:events');
const net = require('node:net');

const { HOST, serve, watch } = require('./tracer.js');

events.captureRejections = true;
const server = serve(async (socket) => {
  watch(socket, 'S', ['error', 'close']);
  throw new Error('rejected');
}, (port) => {
  watch(server, 'srv', ['error', 'close']);
  const client = net.connect(port, HOST);
  client.on('error', () => {});
  client.on('close', () => server.close());
  client.resume();
});
