'use strict';

// end() lets go what is corked.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.cork();
    client.write('a', (err) => t('C.written_a', err));
    client.write('b', (err) => t('C.written_b', err));
    t('C.state', { corked: client.writableCorked, writableLength: client.writableLength });
    client.end('c', (err) => t('C.end_callback', err));
    t('C.state', { corked: client.writableCorked, writableLength: client.writableLength });
  });
});
