'use strict';

// unshift() of bytes after setEncoding().

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end();
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.setEncoding('hex');
  client.on('connect', () => {
    client.unshift(Buffer.from('abc'));
    const chunk = client.read();
    t('C.read', typeof chunk === 'string' ? 'text' : 'bytes', chunk);
    client.resume();
  });
});
