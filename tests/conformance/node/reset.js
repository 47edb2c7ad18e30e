'use strict';

// resetAndDestroy(): the peer gets an error, this side does not.

const net = require('node:net');

const { HOST, im, message, nt, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').resume();
  socket.on('error', (err) => t('S.message', message(err)));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => settle(() => {
    t('C.sync', { same: client.resetAndDestroy() === client, destroyed: client.destroyed });
    nt('C.nt');
    im('C.im');
  }));
});
