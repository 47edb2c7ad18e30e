'use strict';

// destroy(error) in 'connect': 'error' before ticks queued later, 'close' in the close phase.

const net = require('node:net');

const { HOST, im, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.destroy(new Error('boom'));
    t('C.sync');
    nt('C.nt');
    im('C.im');
  });
});
