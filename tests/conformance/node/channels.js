'use strict';

// What is published on diagnostics channels, among the events.

const dc = require('node:diagnostics_channel');
const net = require('node:net');

const { HOST, hidePort, t, watch } = require('./tracer.js');

dc.subscribe('net.client.socket', ({ socket }) => {
  t('C.client_socket', socket.connecting, socket.listenerCount('connect'));
});
dc.subscribe('net.server.socket', ({ socket }) => {
  t('S.server_socket', socket.destroyed);
});
const names = { asyncStart: 'async_start', asyncEnd: 'async_end', error: 'error' };
for (const part of Object.keys(names)) {
  dc.subscribe(`tracing:net.server.listen:${part}`, (message, name) => {
    t(`srv.${names[part]}`, name, message.server.listening, message.error);
    if (message.options) t('srv.options', message.options.port);
  });
}

const server = net.createServer((socket) => {
  t('S.connection');
  socket.end();
  server.close();
});
watch(server, 'srv', ['listening', 'close']);
server.listen(0, HOST, () => {
  const { port } = server.address();
  hidePort(port);
  const client = net.connect(port, HOST, () => t('C.callback'));
  t('C.sync');
  watch(client, 'C', ['connectionAttempt', 'connect', 'close']).resume();
});
t('srv.sync');
