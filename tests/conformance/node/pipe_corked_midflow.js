'use strict';

// cork() of a destination that data flows through already.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  socket.pipe(socket);
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('data', () => {
    peer.cork();
    client.write('two');
    settle(() => {
      t('S.state', { writableLength: peer.writableLength });
      t('C.state', { bytesRead: client.bytesRead });
      peer.uncork();
      client.end('three');
    });
  });
  collect(client, 'C').write('one');
});
