'use strict';

// The destination is destroyed with an error, which is its alone.

const net = require('node:net');

const { HOST, nt, serve, settle, t, watch } = require('./tracer.js');

const sockets = [];
let writer;
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'finish', 'error', 'close']);
  watch(source, 'S', ['end', 'finish', 'error', 'close']);
  source.pipe(destination);
  settle(() => {
    destination.destroy(new Error('broken'));
    nt('D.nt');
    settle(() => {
      t('S.state', { readableFlowing: source.readableFlowing, isPaused: source.isPaused() });
      source.resume();
      writer.end();
    });
  });
  server.close();
}, (port) => {
  net.connect(port, HOST, () => {
    writer = net.connect(port, HOST);
    writer.resume();
    writer.write('x');
  }).resume();
});
