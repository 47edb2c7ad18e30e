'use strict';

// unpipe() without a destination is for all of them.

const net = require('node:net');

const { HOST, collect, serve, settle, t, watch } = require('./tracer.js');

const sockets = [];
const server = serve((socket) => {
  sockets.push(socket);
  if (sockets.length < 3) return;
  const [one, two] = sockets;
  watch(one, 'D1', ['pipe', 'unpipe']);
  watch(two, 'D2', ['pipe', 'unpipe']);
  watch(socket, 'S', ['end', 'close']);
  socket.pipe(one);
  socket.pipe(two);
  settle(() => {
    socket.unpipe();
    t('S.state', { readableFlowing: socket.readableFlowing, isPaused: socket.isPaused() });
    socket.resume();
    one.end();
    two.end();
  });
  server.close();
}, (port) => {
  collect(net.connect(port, HOST, () => {
    collect(net.connect(port, HOST, () => {
      const writer = net.connect(port, HOST);
      writer.write('both');
      settle(() => writer.end('lost'), 30);
    }), 'C2');
  }), 'C1');
});
