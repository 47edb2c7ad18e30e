'use strict';

// The ticks of one callback run before the next callback of any handle.

const net = require('node:net');

const { HOST, nt, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('x');
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  for (const event of ['connect', 'ready', 'data', 'end', 'finish', 'close']) {
    client.on(event, () => {
      t(`C.${event}`);
      nt(`C.${event}.nt`);
    });
  }
});
