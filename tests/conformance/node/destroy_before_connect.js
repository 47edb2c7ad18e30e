'use strict';

// destroy() right after connect(): no attempt is made, and the server sees nothing.

const net = require('node:net');

const { HOST, im, nt, serve, settle, t, watch } = require('./tracer.js');

const server = serve(() => t('srv.connection'), (port) => {
  const client = watch(net.connect(port, HOST, () => t('C.callback')), 'C');
  client.destroy();
  nt('C.nt');
  im('C.im');
  client.on('close', () => settle(() => server.close()));
});
