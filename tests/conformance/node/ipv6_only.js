'use strict';

// A server on '::' with ipv6Only does not take IPv4.

const net = require('node:net');

const { HOST, hidePort, t, watch } = require('./tracer.js');

const server = net.createServer(() => t('srv.connection'));
server.listen({ port: 0, host: '::', ipv6Only: true }, () => {
  const { port } = server.address();
  hidePort(port);
  const client = watch(net.connect(port, HOST), 'C');
  client.on('close', () => server.close());
});
