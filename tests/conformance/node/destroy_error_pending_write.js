'use strict';

// destroy(error) with writes queued: their callbacks, 'error' and 'close'.

const net = require('node:net');

const { HOST, nt, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.on('connect', () => settle(() => {
    client.write(Buffer.alloc(20_000_000), (err) => t('C.written_1', err));
    client.write('b', (err) => t('C.written_2', err));
    client.destroy(new Error('boom'));
    t('C.sync');
    nt('C.nt');
  }));
  client.on('close', () => peer.destroy());
}, { pauseOnConnect: true });
