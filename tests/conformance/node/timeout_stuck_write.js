'use strict';

// A long write that does not move any more is idleness.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.write(Buffer.alloc(20_000_000), (err) => t('C.written', err));
    client.setTimeout(30);
  });
  client.on('timeout', () => client.destroy());
  client.on('close', () => peer.destroy());
}, { pauseOnConnect: true });
