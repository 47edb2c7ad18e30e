'use strict';

// destroy() in 'connect', before the writes that wait for the connection get their turn.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST, () => client.destroy()), 'C');
  client.write('a', (err) => t('C.written_1', err));
  client.write('b', (err) => t('C.written_2', err));
});
