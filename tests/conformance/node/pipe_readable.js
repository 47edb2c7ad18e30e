'use strict';

// A 'readable' listener stops a pipe; when it is gone the pipe goes on.

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
    const listener = () => t('S.readable', { readableLength: peer.readableLength });
    peer.on('readable', listener);
    client.write('two');
    settle(() => {
      t('S.state', { readableFlowing: peer.readableFlowing });
      peer.off('readable', listener);
      settle(() => client.end('three'));
    });
  });
  collect(client, 'C').write('one');
});
