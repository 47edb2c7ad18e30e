'use strict';

// Without a 'connection' listener connections are accepted, and nobody has them.

const net = require('node:net');

const { HOST, hidePort, settle, t, watch } = require('./tracer.js');

const server = net.createServer();
server.listen(0, HOST, () => {
  const { port } = server.address();
  hidePort(port);
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => settle(() => {
    server.getConnections((err, count) => {
      t('srv.count', count);
      client.end();
      server.close(() => t('srv.closed'));
      client.resume();
    });
  }));
});
