'use strict';

// destroySoon() while connecting: what is written is still sent.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.write('last words', (err) => t('C.written', err));
  client.destroySoon();
  t('C.sync', { destroyed: client.destroyed });
});
