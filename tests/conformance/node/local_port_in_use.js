'use strict';

// A local port that is taken: the error is of bind, and no attempt is made.

const net = require('node:net');

const { HOST, message, serve, t, watch } = require('./tracer.js');

const server = serve(() => {}, (port) => {
  const client = net.connect({ port, host: HOST, localAddress: HOST, localPort: port });
  watch(client, 'C');
  client.on('error', (err) => {
    t('C.message', message(err));
    server.close();
  });
});
