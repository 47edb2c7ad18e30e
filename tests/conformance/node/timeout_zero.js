'use strict';

// setTimeout(0, callback) turns it off and takes that listener away.

const net = require('node:net');

const { HOST, later, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  later(120, () => socket.end());
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  const callback = () => t('C.timeout_callback');
  client.setTimeout(30, callback);
  t('C.set', client.listenerCount('timeout'), { timeout: client.timeout });
  client.setTimeout(0, callback);
  t('C.set', client.listenerCount('timeout'), { timeout: client.timeout });
});
