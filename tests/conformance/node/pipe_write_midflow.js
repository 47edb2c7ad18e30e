'use strict';

// A write by hand, with a callback, into a destination that data flows through.

const net = require('node:net');

const { HOST, collect, nt, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  socket.pipe(socket);
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('data', () => {
    t('S.write', peer.write(' two ', (err) => t('S.written', err)));
    nt('S.nt');
    settle(() => client.end('three'));
  });
  collect(client, 'C').write('one');
});
