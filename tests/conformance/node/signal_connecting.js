'use strict';

// Aborting right after connect(): no attempt is made.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const controller = new AbortController();
const server = serve(() => t('srv.connection'), (port) => {
  const client = watch(net.connect({ port, host: HOST, signal: controller.signal }), 'C');
  client.write('x', (err) => t('C.written', err));
  controller.abort();
  t('C.sync', { destroyed: client.destroyed });
  client.on('close', () => settle(() => server.close()));
});
