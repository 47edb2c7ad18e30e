'use strict';

// An exception in the callback of a write: the ones after it are called, and the socket goes on.

const net = require('node:net');

const { HOST, collect, serve, settle, t, traceUncaught, watch } = require('./tracer.js');

traceUncaught('C');
const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.write('a', () => { throw new Error('in callback'); });
    settle(() => {
      client.write('b', (err) => t('C.written', err));
      client.end();
    });
  });
});
