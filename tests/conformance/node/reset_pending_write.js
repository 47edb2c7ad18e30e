'use strict';

// resetAndDestroy() with a write pending: its callback is told, and it is no 'error'.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('close', () => peer.destroy());
  client.on('connect', () => settle(() => {
    client.write(Buffer.alloc(8_000_000), (err) => t('C.written', err));
    client.resetAndDestroy();
  }));
}, { pauseOnConnect: true });
