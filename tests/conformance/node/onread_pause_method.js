'use strict';

// onread: pause() stops reading from the kernel at once, and resume() starts it again.

const net = require('node:net');

const { HOST, reading, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  socket.write('one');
  socket.resume();
  server.close();
}, (port) => {
  const callback = (size, data) => {
    t('C.onread', data.subarray(0, size));
    if (client.bytesRead > 3) return;
    client.pause();
    t('C.paused', { reading: reading(client), isPaused: client.isPaused() });
    peer.end('two');
    settle(() => {
      t('C.state', { bytesRead: client.bytesRead });
      client.resume();
      t('C.resumed', { reading: reading(client) });
    });
  };
  const onread = { buffer: Buffer.alloc(16), callback };
  const client = watch(net.connect({ port, host: HOST, onread }), 'C');
});
