'use strict';

// Corked writes count against the high-water mark: 'drain' comes when uncork() has sent them.

const net = require('node:net');

const { HOST, nt, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    client.cork();
    t('C.write', client.write(Buffer.alloc(40_000)), client.write(Buffer.alloc(40_000)));
    t('C.state', { needDrain: client.writableNeedDrain });
    settle(() => {
      t('C.uncork');
      client.uncork();
      nt('C.nt');
    });
  });
  client.on('drain', () => client.end());
});
