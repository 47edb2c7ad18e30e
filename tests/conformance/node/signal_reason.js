'use strict';

// Aborting with a reason, with a write under way.

const net = require('node:net');

const { HOST, nt, serve, settle, t, watch } = require('./tracer.js');

let peer;
const controller = new AbortController();
const server = serve((socket) => {
  peer = socket;
  server.close();
}, (port) => {
  const client = watch(net.connect({ port, host: HOST, signal: controller.signal }), 'C');
  client.on('connect', () => settle(() => {
    client.write(Buffer.alloc(20_000_000), (err) => t('C.written', err));
    controller.abort(new Error('enough'));
    nt('C.nt');
  }));
  client.on('error', (err) => t('C.cause', err.cause));
  client.on('close', () => peer.destroy());
}, { pauseOnConnect: true });
