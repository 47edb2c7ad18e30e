'use strict';

// setTimeout() twice with the same callback: one 'timeout' calls it twice.

const net = require('node:net');

const { later, t } = require('./tracer.js');

const socket = new net.Socket();
const callback = () => t('C.callback', socket.listenerCount('timeout'));
socket.setTimeout(10, callback);
socket.setTimeout(20, callback);
t('C.set', socket.listenerCount('timeout'), { timeout: socket.timeout });
later(120, () => {
  t('C.later', socket.listenerCount('timeout'));
  socket.destroy();
});
