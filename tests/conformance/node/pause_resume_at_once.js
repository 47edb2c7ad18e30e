'use strict';

// pause() and resume() in the same 'data': the flow goes on.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  socket.write('one');
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  watch(client, 'C', ['pause', 'resume']);
  client.once('data', () => {
    client.pause();
    t('C.flowing', client.readableFlowing);
    client.resume();
    t('C.flowing', client.readableFlowing);
    settle(() => peer.end('two'));
  });
  client.on('data', (chunk) => t('C.data', chunk));
});
