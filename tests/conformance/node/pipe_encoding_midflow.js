'use strict';

// setEncoding() of a source that is piped already.

const net = require('node:net');

const { HOST, collect, serve, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  socket.pipe(socket);
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('data', () => {
    peer.setEncoding('hex');
    client.end('two');
  });
  collect(client, 'C').write('one');
});
