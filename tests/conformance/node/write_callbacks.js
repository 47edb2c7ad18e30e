'use strict';

// The callbacks of writes come in order, and that of end() last.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.write('a', () => t('C.written', 'a'));
    client.write('', () => t('C.written', 'nothing'));
    client.write('b', () => t('C.written', 'b'));
    client.end('c', () => t('C.end_callback'));
  });
});
