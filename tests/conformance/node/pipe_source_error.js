'use strict';

// The source is destroyed with an error: the destination stays open, and piped to.

const net = require('node:net');

const { HOST, collect, nt, serve, settle, t, watch } = require('./tracer.js');

const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'finish', 'error', 'close']);
  watch(source, 'S', ['end', 'finish', 'error', 'close']);
  source.pipe(destination);
  settle(() => {
    source.destroy(new Error('broken'));
    nt('S.nt');
    settle(() => {
      t('D.state', { writable: destination.writable });
      destination.end('bye');
    });
  });
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => {
    const second = net.connect(port, HOST);
    second.write('x ');
    second.resume();
  });
  collect(first, 'C');
});
