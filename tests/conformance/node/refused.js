'use strict';

// A refused connection: what the error says, and the state of the socket in 'error'.

const net = require('node:net');

const { CLOSED_PORT, HOST, message, t, watch } = require('./tracer.js');

const client = watch(net.connect(CLOSED_PORT, HOST), 'C');
client.on('error', (err) => {
  t('C.message', message(err));
  t('C.error', {
    code: err.code, syscall: err.syscall, address: err.address, port: err.port, path: err.path,
  });
  t('C.state', { destroyed: client.destroyed, connecting: client.connecting });
});
