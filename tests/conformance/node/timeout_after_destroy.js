'use strict';

// setTimeout() after destroy() is without effect.

const net = require('node:net');

const { later, t, watch } = require('./tracer.js');

const socket = watch(new net.Socket(), 'C');
socket.destroy();
t('C.same', socket.setTimeout(10, () => t('C.callback')) === socket, { timeout: socket.timeout });
later(60, () => t('C.later', socket.listenerCount('timeout')));
