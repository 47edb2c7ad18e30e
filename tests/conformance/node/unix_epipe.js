'use strict';

// Over a path: a half-open client writes to a peer that is gone.

const net = require('node:net');

const { message, nt, settle, t, tempPath, watch } = require('./tracer.js');

const path = tempPath();
const server = net.createServer((socket) => {
  socket.destroy();
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect({ path, allowHalfOpen: true }), 'C');
  client.resume();
  client.on('end', () => settle(() => {
    t('C.write', client.write('x', (err) => t('C.written', err, message(err))));
    nt('C.nt');
  }));
});
