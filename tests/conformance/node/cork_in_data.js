'use strict';

// An echo server that corks in 'data' and uncorks a tick later.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.on('data', (chunk) => {
    socket.cork();
    socket.write('<');
    socket.write(chunk);
    socket.write('>');
    process.nextTick(() => socket.uncork());
  });
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('data', (chunk) => {
    t('C.data', chunk);
    if (client.bytesRead < 10) client.write('two');
    else client.end();
  });
  client.write('one');
});
