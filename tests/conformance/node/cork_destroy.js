'use strict';

// destroy() of a corked socket: what was held back fails.

const net = require('node:net');

const { HOST, collect, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.write('sent', (err) => t('C.written_0', err));
    client.cork();
    client.write('a', (err) => t('C.written_a', err));
    client.write('b', (err) => t('C.written_b', err));
    client.destroy();
    t('C.sync', { writableLength: client.writableLength, corked: client.writableCorked });
    nt('C.nt');
  });
});
