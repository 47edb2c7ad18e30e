'use strict';

// The end of a peer that has sent nothing is seen without any reader.

const net = require('node:net');

const { HOST, serve, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').end();
  server.close();
}, (port) => {
  watch(net.connect(port, HOST), 'C');
});
