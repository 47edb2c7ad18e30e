'use strict';

// A descriptor that this loop watches already cannot be listened on once more.

const net = require('node:net');

const { serve, t, watch } = require('./tracer.js');

const first = serve(() => {}, () => {
  const second = watch(net.createServer(), 'srv', ['listening', 'error', 'close']);
  second.on('error', () => first.close());
  second.listen({ fd: first._handle.fd });
  t('srv.sync', { listening: second.listening });
});
