'use strict';

// Ticks that the callbacks of writes queue, among the callbacks.

const net = require('node:net');

const { HOST, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('connect', () => {
    nt('C.before');
    for (const name of ['a', 'b', 'c']) {
      client.write(name, () => {
        t('C.written', name);
        nt(`C.nt ${name}`);
      });
    }
    nt('C.behind');
    client.end();
  });
});
