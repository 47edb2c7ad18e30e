'use strict';

// Over a path: a half-open client answers after the server's end.

const net = require('node:net');

const { collect, settle, t, tempPath, watch } = require('./tracer.js');

const path = tempPath();
const server = net.createServer((socket) => {
  collect(watch(socket, 'S'), 'S').end('question');
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect({ path, allowHalfOpen: true }), 'C');
  collect(client, 'C');
  client.on('end', () => {
    t('C.state', { readyState: client.readyState });
    settle(() => client.end('answer'));
  });
});
