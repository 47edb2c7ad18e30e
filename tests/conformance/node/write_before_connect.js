'use strict';

// Writes before 'connect' are queued, and flushed inside it.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  socket.on('end', () => socket.end());
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  t('C.write', client.write('ab', () => t('C.written_1')), {
    bytesWritten: client.bytesWritten, writableLength: client.writableLength,
  });
  t('C.write', client.write('cde', () => t('C.written_2')), {
    bytesWritten: client.bytesWritten, bufferSize: client.bufferSize,
  });
  client.end();
}, { allowHalfOpen: true });
