'use strict';

// More than the high-water mark before 'connect': false, and 'drain' inside it.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  t('C.write', client.write(Buffer.alloc(100_000)), { needDrain: client.writableNeedDrain });
  client.on('drain', () => client.end());
});
