'use strict';

// Disposal of a socket that has not finished destroys it with an AbortError.

const net = require('node:net');

const { t, watch } = require('./tracer.js');

const socket = watch(new net.Socket(), 'C');
(async () => {
  await socket[Symbol.asyncDispose]();
  t('C.disposed', { destroyed: socket.destroyed });
})();
