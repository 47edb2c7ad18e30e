'use strict';

// Of the addresses of a host name a server listens on the first.

const dns = require('node:dns');
const net = require('node:net');

const { t, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['listening', 'error', 'close']);
dns.lookup('localhost', (err, address) => server.listen(0, 'localhost', () => {
  t('srv.address', { first: server.address().address === address });
  server.close();
}));
t('srv.sync', { listening: server.listening });
