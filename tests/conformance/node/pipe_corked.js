'use strict';

// A destination that is corked holds back what is piped into it.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

let client;
const server = serve((socket) => {
  socket.pipe(socket);
  socket.cork();
  settle(() => {
    t('S.state', { writableLength: socket.writableLength, bytesRead: socket.bytesRead });
    t('C.state', { bytesRead: client.bytesRead });
    socket.write('!');
    socket.uncork();
    client.end('c');
  });
  server.close();
}, (port) => {
  client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C').write('ab');
});
