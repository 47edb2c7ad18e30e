'use strict';

// end() in the callback of a write.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.write('a', () => client.end('c', () => t('C.end_callback')));
    client.write('b', () => t('C.written'));
  });
});
