'use strict';

// Disposal of a server closes it and waits for 'close'; once more is nothing.

const { serve, t, watch } = require('./tracer.js');

const server = serve(() => {}, async () => {
  watch(server, 'srv', ['close']);
  await server[Symbol.asyncDispose]();
  t('srv.disposed', { listening: server.listening });
  await server[Symbol.asyncDispose]();
  t('srv.again');
});
