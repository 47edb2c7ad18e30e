'use strict';

// end() of the destination by hand: what the source brings then is a write after the end.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const sockets = [];
let writer;
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  watch(destination, 'D', ['pipe', 'unpipe', 'finish', 'error', 'close']);
  watch(source, 'S', ['end', 'finish', 'error', 'close']);
  source.pipe(destination);
  destination.end();
  writer.write('too late');
  settle(() => {
    t('S.state', { readableFlowing: source.readableFlowing, destroyed: source.destroyed });
    source.destroy();
    destination.destroy();
  });
  server.close();
}, (port) => {
  const first = net.connect({ port, host: HOST, allowHalfOpen: true }, () => {
    writer = net.connect(port, HOST);
    writer.on('error', () => {}).resume();
  });
  first.on('error', () => {}).resume();
  first.on('close', () => t('C.close'));
  first.on('end', () => settle(() => first.end()));
});
