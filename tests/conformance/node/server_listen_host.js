'use strict';

// With a host, even an address, listen() is asynchronous.

const net = require('node:net');

const { HOST, im, nt, t, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['listening', 'close']);
server.listen(0, HOST, () => {
  t('srv.callback');
  server.close();
});
t('srv.sync', { listening: server.listening, bound: server.address() !== null });
nt('srv.nt');
im('srv.im');
