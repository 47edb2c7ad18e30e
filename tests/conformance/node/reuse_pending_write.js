'use strict';

// What waits for a connection that is given up, and the next connection.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.write('first', (err) => t('C.written', err));
  client.destroy();
  client.once('close', () => {
    t('C.state', { bytesWritten: client.bytesWritten });
    client.connect(port, HOST, () => client.end('second'));
    client.resume();
  });
});
