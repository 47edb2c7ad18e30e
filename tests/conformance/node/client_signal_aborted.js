'use strict';

// A signal that is aborted already.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve(() => t('srv.connection'), (port) => {
  const client = net.connect({ port, host: HOST, signal: AbortSignal.abort() });
  watch(client, 'C');
  settle(() => {
    client.destroy();
    server.close();
  });
});
