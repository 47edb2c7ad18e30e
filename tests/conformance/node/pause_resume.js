'use strict';

// pause() in 'data' does not stop the kernel's reads; resume() delivers in a later tick.

const net = require('node:net');

const { HOST, reading, serve, settle, t, watch } = require('./tracer.js');

let peer;
const server = serve((socket) => {
  peer = socket;
  socket.write('1');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  const resume = () => {
    t('C.later', { readableLength: client.readableLength, reading: reading(client) });
    client.resume();
    t('C.sync');
    peer.end();
  };
  const more = () => {
    peer.write('2');
    settle(() => {
      peer.write('3');
      settle(resume);
    });
  };
  client.on('data', (chunk) => {
    t('C.data', chunk);
    if (String(chunk) !== '1') return;
    client.pause();
    t('C.paused', { reading: reading(client), isPaused: client.isPaused() });
    settle(more);
  });
});
