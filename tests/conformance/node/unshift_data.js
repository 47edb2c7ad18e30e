'use strict';

// unshift() in 'data' brings the rest back, before what comes next.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('head\nbody');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('data', (chunk) => {
    const cut = chunk.indexOf('\n');
    t('C.head', chunk.subarray(0, cut));
    client.pause();
    client.unshift(chunk.subarray(cut + 1));
    settle(() => collect(client, 'C').resume());
  });
});
