'use strict';

// destroy() in the callback of end(), which comes before 'finish'.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => client.end('x', (err) => {
    t('C.end_callback', err);
    client.destroy();
  }));
});
