'use strict';

// 'pause' and 'resume' tell what pause() and resume() changed.

const net = require('node:net');

const { HOST, later, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  later(60, () => socket.end('x'));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C', ['connect', 'pause', 'resume', 'end', 'close']);
  const flowing = () => t('C.flowing', client.readableFlowing, client.isPaused());
  flowing();
  client.pause();
  flowing();
  client.pause();
  client.resume();
  flowing();
  client.on('connect', () => {
    flowing();
    client.pause().resume().pause();
    later(20, () => client.resume());
  });
});
