'use strict';

// 'timeout' tells, and does nothing more.

const net = require('node:net');

const { HOST, later, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.setTimeout(40, () => t('C.timeout_callback'));
    t('C.state', { timeout: client.timeout });
  });
  client.once('timeout', () => {
    t('C.state', { destroyed: client.destroyed });
    later(80, () => {
      t('C.later');
      client.destroy();
    });
  });
});
