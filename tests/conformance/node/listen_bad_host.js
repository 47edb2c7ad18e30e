'use strict';

// A host that cannot be looked up: the error is the lookup's, and the server may listen again.

const net = require('node:net');

const { HOST, t, watch } = require('./tracer.js');

const server = watch(net.createServer(), 'srv', ['listening', 'error', 'close']);
server.once('error', (err) => {
  t('srv.state', { listening: server.listening, hostname: err.hostname?.length });
  server.listen(0, HOST, () => server.close());
});
server.listen(0, `${'x'.repeat(64)}.invalid`);
t('srv.sync', { listening: server.listening });
