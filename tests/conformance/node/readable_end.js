'use strict';

// 'readable' at the end of the data, where read() gives None.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.write('abc');
  settle(() => socket.end());
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('readable', () => {
    t('C.readable', client.read(), { readableLength: client.readableLength });
  });
});
