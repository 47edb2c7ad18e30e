'use strict';

// A second client that connects inside 'connect' of the first, and ends it in its own.

const net = require('node:net');

const { HOST, serve, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
}, (port) => {
  const first = watch(net.connect(port, HOST), 'C1');
  first.resume();
  first.on('connect', () => {
    const second = watch(net.connect(port, HOST), 'C2');
    second.resume();
    second.on('connect', () => {
      first.end();
      second.end();
      server.close();
    });
  });
});
