'use strict';

// Writing nothing is no error: its callback is called, and no byte is sent.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    t('C.write', client.write('', (err) => t('C.written', err)), client.bytesWritten);
    t('C.write', client.write(Buffer.alloc(0), (err) => t('C.written', err)), client.bytesWritten);
    client.end('', () => t('C.end_callback'));
  });
});
