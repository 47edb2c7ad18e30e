'use strict';

// Every chunk that arrives postpones 'timeout'.

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
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.on('data', () => t('C.data'));
  client.setTimeout(400);
  client.on('timeout', () => {
    t('C.timeout', { bytesRead: client.bytesRead });
    client.destroy();
  });
});
