'use strict';

// After it has fired once, activity arms it again.

const net = require('node:net');

const { HOST, serve, settle, t } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.on('data', (chunk) => t('C.data', chunk));
  client.on('close', (hadError) => t('C.close', hadError));
  client.on('connect', () => client.setTimeout(40));
  let count = 0;
  client.on('timeout', () => {
    count += 1;
    t('C.timeout', count);
    if (count === 2) client.destroy();
    else settle(() => peer.write('x'));
  });
});
