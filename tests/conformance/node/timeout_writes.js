'use strict';

// Every write postpones 'timeout'.

const net = require('node:net');

const { HOST, later, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  let writes = 0;
  const write = () => {
    client.write('x');
    writes += 1;
    if (writes < 6) later(100, write);
  };
  client.on('connect', () => {
    client.setTimeout(400);
    write();
  });
  client.on('timeout', () => {
    t('C.timeout', { bytesWritten: client.bytesWritten });
    client.destroy();
  });
});
