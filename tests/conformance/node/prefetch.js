'use strict';

// Neither paused nor consumed: the socket reads ahead, up to the high-water mark.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('abc');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => settle(() => {
    t('C.later', {
      readableFlowing: client.readableFlowing,
      bytesRead: client.bytesRead,
      readableLength: client.readableLength,
    });
    collect(client, 'C');
  }));
});
