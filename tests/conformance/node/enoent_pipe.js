'use strict';

// There is no socket at the path.

const net = require('node:net');

const { message, t, tempPath, watch } = require('./tracer.js');

const path = tempPath();
const client = watch(net.connect(path), 'C');
client.on('error', (err) => {
  t('C.message', message(err));
  t('C.error', { code: err.code, syscall: err.syscall, address: err.address, port: err.port });
});
