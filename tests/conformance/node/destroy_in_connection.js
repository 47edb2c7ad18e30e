'use strict';

// destroy() inside 'connection': the client connects, and sees the end.

const net = require('node:net');

const { HOST, im, nt, serve, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').destroy();
  nt('S.nt');
  im('S.im');
  server.close();
}, (port) => {
  watch(net.connect(port, HOST), 'C').resume();
});
