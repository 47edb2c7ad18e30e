'use strict';

// Both ends of a pipe time out when nothing goes through it.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 2) return;
  const [destination, source] = sockets;
  source.pipe(destination);
  watch(source, 'S', ['close']).setTimeout(30, () => t('S.timeout'));
  watch(destination, 'D', ['close']).setTimeout(60, () => {
    t('D.timeout');
    source.destroy();
    destination.destroy();
  });
  server.close();
}, (port) => {
  const first = net.connect(port, HOST, () => {
    const second = net.connect(port, HOST);
    second.resume();
    second.write('x');
  });
  collect(first, 'C');
});
