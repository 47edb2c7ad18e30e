'use strict';

// The port is taken: 'error', no 'close', and the server can listen elsewhere.

const net = require('node:net');

const { HOST, message, nt, serve, t, watch } = require('./tracer.js');

const first = serve(() => {}, (port) => {
  const second = watch(net.createServer(), 'srv', ['listening', 'close', 'error']);
  second.on('error', (err) => {
    t('srv.message', message(err));
    t('srv.error', { syscall: err.syscall, address: err.address, port: err.port });
    t('srv.state', { listening: second.listening });
    first.close();
    second.listen(0, HOST);
  });
  second.listen(port, HOST, () => {
    t('srv.callback');
    second.close();
  });
  t('srv.sync');
  nt('srv.nt');
});
