'use strict';

// Data that nobody reads holds back 'end', and so 'close'.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('data');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  settle(() => {
    t('C.state', { readableLength: client.readableLength, destroyed: client.destroyed });
    client.resume();
  });
});
