'use strict';

// Writing until write() answers False, again after every 'drain': everything arrives.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const SIZE = 10_000_000;
const chunk = Buffer.alloc(100_000, 'x');
const server = serve((socket) => {
  let size = 0;
  socket.on('data', (data) => { size += data.length; });
  socket.on('end', () => t('S.end', size));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C', ['connect', 'finish', 'end', 'close']);
  client.resume();
  const write = () => {
    while (client.bytesWritten < SIZE) if (!client.write(chunk)) return;
    client.end();
  };
  client.on('connect', write);
  client.on('drain', write);
});
