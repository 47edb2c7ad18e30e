'use strict';

// A lookup that answers twice: the second answer comes too late.

const net = require('node:net');

const { HOST, serve, settle, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end();
  server.close();
}, (port) => {
  const lookup = (host, options, callback) => {
    callback(null, HOST, 4);
    settle(() => callback(null, HOST, 4));
  };
  const options = { port, host: 'name.invalid', autoSelectFamily: false, lookup };
  watch(net.connect(options), 'C', ['connect', 'error', 'close']).resume();
});
