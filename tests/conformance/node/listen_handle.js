'use strict';

// A server listens on the handle of a server, or on anything that has one.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const first = serve(() => t('- never'), (port) => {
  const second = watch(net.createServer(), 'srv', ['listening', 'close']);
  second.on('connection', (socket) => {
    t('srv.connection', { same: socket.server === second });
    socket.end();
    second.close();
  });
  second.listen(first, () => {
    t('srv.address', second.address());
    net.connect(port, HOST).resume();
  });
});
