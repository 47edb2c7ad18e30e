'use strict';

// destroySoon() twice: one 'finish', one 'close'.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.write('x');
    client.destroySoon();
    client.destroySoon();
    t('C.sync', { destroyed: client.destroyed, writableEnded: client.writableEnded });
  });
});
