'use strict';

// Writes that are corked before 'connect', and uncorked while it is still to come.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.cork();
  client.write('a', (err) => t('C.written_a', err));
  client.write('b', (err) => t('C.written_b', err));
  t('C.state', { writableLength: client.writableLength, bytesWritten: client.bytesWritten });
  client.uncork();
  client.end('c');
  t('C.state', { writableLength: client.writableLength, bytesWritten: client.bytesWritten });
});
