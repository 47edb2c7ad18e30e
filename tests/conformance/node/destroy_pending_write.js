'use strict';

// destroy() with 20 MB queued: every callback is told, and it is no 'error'.

const net = require('node:net');

const { HOST, nt, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('close', () => peer.destroy());
  client.on('connect', () => {
    client.write(Buffer.alloc(20_000_000), (err) => t('C.written_1', err));
    client.write('b', (err) => t('C.written_2', err));
    client.end((err) => t('C.end_callback', err));
    settle(() => {
      client.destroy();
      t('C.sync');
      nt('C.nt');
    });
  });
}, { pauseOnConnect: true });
