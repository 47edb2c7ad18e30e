'use strict';

// resetAndDestroy() while the end is on its way.

const net = require('node:net');

const { HOST, later, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  socket.on('error', () => {});
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => settle(() => {
    client.end();
    client.resetAndDestroy();
    t('C.sync', { destroyed: client.destroyed });
    later(80, () => process.exit());
  }));
});
