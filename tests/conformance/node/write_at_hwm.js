'use strict';

// A write of exactly the high-water mark that the kernel takes at once answers true.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    t('C.state', {
      writableHighWaterMark: client.writableHighWaterMark,
      readableHighWaterMark: client.readableHighWaterMark,
    });
    t('C.write', client.write(Buffer.alloc(65535)), { needDrain: client.writableNeedDrain });
    t('C.write', client.write(Buffer.alloc(65536)), { needDrain: client.writableNeedDrain });
    client.end();
  });
});
