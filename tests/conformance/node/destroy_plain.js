'use strict';

// destroy() in 'connect': 'ready' still comes, and 'close' after the immediates.

const net = require('node:net');

const { HOST, im, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.destroy();
    t('C.sync', {
      destroyed: client.destroyed, handle: client._handle, readyState: client.readyState,
    });
    nt('C.nt');
    im('C.im');
  });
});
