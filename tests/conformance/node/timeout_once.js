'use strict';

// 'timeout' is not repeated while nothing happens.

const net = require('node:net');

const { HOST, later, serve, t } = require('./tracer.js');

const server = serve(() => server.close(), (port) => {
  const client = net.connect(port, HOST);
  client.setTimeout(30);
  client.on('timeout', () => t('C.timeout'));
  later(200, () => {
    t('C.later');
    client.destroy();
  });
});
