'use strict';

// 20 clients of one echo server.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const COUNT = 20;
let closed = 0;
const server = serve((socket) => socket.pipe(socket), (port) => {
  watch(server, 'srv', ['close']);
  for (let i = 0; i < COUNT; i += 1) {
    const client = net.connect(port, HOST);
    client.end(`client ${i}`);
    client.on('data', (chunk) => t(`C${i}.echo`, chunk));
    client.on('close', (hadError) => {
      t(`C${i}.close`, hadError);
      closed += 1;
      if (closed === COUNT) server.close();
    });
  }
});
