'use strict';

// setTimeout()'s callback is an ordinary once-listener; an unconnected socket has timeouts too.

const net = require('node:net');

const { later, t } = require('./tracer.js');

const socket = new net.Socket();
socket.on('timeout', () => t('C.first'));
socket.setTimeout(20, () => t('C.callback'));
socket.on('timeout', () => {
  t('C.last', socket.listenerCount('timeout'));
  socket.destroy();
});
socket.on('close', (hadError) => t('C.close', hadError));
later(100, () => socket.setTimeout(10)); // and does nothing on a destroyed one
later(200, () => t('C.state', { timeout: socket.timeout }));
