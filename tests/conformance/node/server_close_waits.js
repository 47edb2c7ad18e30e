'use strict';

// close() inside 'connection': no longer listening at once, but the server waits for its socket.

const net = require('node:net');

const { HOST, nt, serve, settle, t, watch } = require('./tracer.js');

let client;
const server = serve((socket) => {
  server.close((err) => t('srv.close_callback', err));
  t('srv.sync', { listening: server.listening }, server.address());
  watch(socket, 'S').resume();
  nt('srv.nt');
  settle(() => {
    t('srv.later');
    client.end();
  });
}, (port) => {
  watch(server, 'srv', ['close']);
  client = watch(net.connect(port, HOST), 'C');
  client.resume();
});
