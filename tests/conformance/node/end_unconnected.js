'use strict';

// end() on a socket that was never connected finishes, and does not destroy it.

const net = require('node:net');

const { later, t, watch } = require('./tracer.js');

const socket = watch(new net.Socket(), 'C');
socket.end(() => t('C.end_callback'));
later(20, () => t('C.state', {
  destroyed: socket.destroyed, writableFinished: socket.writableFinished,
}));
