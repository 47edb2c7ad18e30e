'use strict';

// destroySoon() after 'finish' destroys at once.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

let client;
const server = serve((socket) => {
  socket.resume();
  client.on('close', () => socket.destroy());
  server.close();
}, (port) => {
  client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('finish', () => settle(() => {
    client.destroySoon();
    t('C.sync', { destroyed: client.destroyed });
  }));
  client.end();
}, { allowHalfOpen: true });
