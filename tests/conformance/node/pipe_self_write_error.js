'use strict';

// A socket that is piped to itself echoes to a client that is gone.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const events = ['end', 'finish', 'error', 'close']; // nothing that keeps a pipe from being spliced
const server = serve((socket) => {
  server.close();
  watch(socket, 'S', events).pipe(socket);
}, (port) => {
  const client = net.connect({ port, host: HOST, noDelay: true });
  client.on('error', () => {});
  let left = 3;
  const again = () => {
    if (--left > 0) return client.write('x');
    client.write(Buffer.alloc(100000)); // the reset comes before it is read
    client.resetAndDestroy();
  };
  client.on('data', () => settle(again));
  client.write('x');
  client.on('close', () => t('C.close'));
});
