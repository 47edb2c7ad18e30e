'use strict';

// onread: what arrives postpones 'timeout'.

const net = require('node:net');

const { HOST, later, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  let chunks = 0;
  const write = () => {
    socket.write('x');
    chunks += 1;
    if (chunks < 6) later(100, write);
  };
  write();
  socket.resume();
  server.close();
}, (port) => {
  const onread = { buffer: Buffer.alloc(4), callback: () => t('C.onread') };
  const client = net.connect({ port, host: HOST, onread });
  client.setTimeout(400);
  client.on('timeout', () => {
    t('C.timeout', { bytesRead: client.bytesRead });
    client.end();
  });
});
