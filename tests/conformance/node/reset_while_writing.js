'use strict';

// A reset of the peer while a large write is under way: one error, for the reading side.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C', ['connect', 'end', 'finish', 'close']);
  client.resume();
  client.on('error', (err) => t('C.error', err.code));
  client.on('connect', () => {
    client.write(Buffer.alloc(20_000_000), (err) => t('C.written', err.code));
    settle(() => peer.resetAndDestroy());
  });
}, { pauseOnConnect: true });
