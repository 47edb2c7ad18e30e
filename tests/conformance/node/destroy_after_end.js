'use strict';

// destroy() while the end is on its way.

const net = require('node:net');

const { HOST, im, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.end((err) => t('C.end_callback', err));
    client.destroy();
    nt('C.nt');
    im('C.im');
  });
});
