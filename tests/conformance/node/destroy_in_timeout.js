'use strict';

// destroy(error) in 'timeout', with a write under way.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => {
    client.write(Buffer.alloc(20_000_000), (err) => t('C.written', err));
    client.end((err) => t('C.end_callback', err));
    client.setTimeout(20, () => client.destroy(new Error('idle')));
  });
  client.on('close', () => peer.destroy());
}, { pauseOnConnect: true });
