'use strict';

// cork() twice needs uncork() twice; once too often does no harm.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  const state = () => t('C.state', {
    corked: client.writableCorked, writableLength: client.writableLength,
  });
  client.on('connect', () => {
    client.cork();
    client.write('a');
    client.cork();
    client.write('b');
    state();
    client.uncork();
    state();
    client.uncork();
    state();
    client.uncork();
    state();
    client.end();
  });
});
