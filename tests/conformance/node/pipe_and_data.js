'use strict';

// A 'data' listener beside a pipe, added while it runs: both get what comes.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

let peer;
const listen = () => {
  peer.on('data', (chunk) => t('S.data', chunk));
  peer.write('!');
};
const server = serve((socket) => {
  peer = watch(socket, 'S', ['end', 'finish', 'close']);
  socket.pipe(socket);
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  let received = '';
  client.on('data', (chunk) => {
    received += chunk;
    if (received === 'one') listen();
    if (received === 'one!') client.end('two');
  });
  client.on('end', () => t('C.received', received));
  client.write('one');
});
