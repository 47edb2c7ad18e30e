'use strict';

// The callbacks of corked writes, next to those of writes before and behind.

const net = require('node:net');

const { HOST, collect, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.write('a', () => t('C.written', 'a'));
    client.cork();
    client.write('b', () => t('C.written', 'b'));
    client.write('c', () => t('C.written', 'c'));
    client.uncork();
    client.write('d', () => t('C.written', 'd'));
    nt('C.nt');
    client.end('e', () => t('C.written', 'e'));
  });
});
