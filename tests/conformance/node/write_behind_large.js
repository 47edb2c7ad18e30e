'use strict';

// Small writes behind a large one: content and callbacks keep their order.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const SIZE = 5_000_000;
const server = serve((socket) => {
  let size = 0;
  let last = '';
  socket.on('data', (chunk) => {
    size += chunk.length;
    last = (last + chunk.subarray(-3).toString('latin1')).slice(-3);
  });
  socket.on('end', () => t('S.end', size, last));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.write(Buffer.alloc(SIZE, '.'), () => t('C.written', 'large'));
    client.write('a', () => t('C.written', 'a'));
    client.write('b', () => t('C.written', 'b'));
    client.end('c', () => t('C.written', 'c'));
  });
});
