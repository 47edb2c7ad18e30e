'use strict';

// A client with allowHalfOpen writes long after the server has ended.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').end('a');
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, allowHalfOpen: true }), 'C');
  client.resume();
  client.on('end', () => {
    t('C.state', { readyState: client.readyState });
    settle(() => {
      client.write('late');
      client.end();
    });
  });
});
