'use strict';

// unshift() into a source that is piped already.

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
    peer.unshift(' two ');
    t('S.state', { readableLength: peer.readableLength, bytesRead: peer.bytesRead });
    settle(() => client.end('three'));
  });
  collect(client, 'C').write('one');
});
