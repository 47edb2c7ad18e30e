'use strict';

// A write inside 'end' still succeeds: the socket ends itself one tick later.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S').end();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('end', () => {
    t('C.write', client.write('last', (err) => t('C.written', err)));
  });
});
