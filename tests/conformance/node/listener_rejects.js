'use strict';

// A 'data' listener that rejects destroys its socket.

const events = require('node:events');
const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

events.captureRejections = true;
const server = serve((socket) => {
  socket.write('x');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', async () => {
    t('C.data');
    throw new Error('rejected');
  });
});
