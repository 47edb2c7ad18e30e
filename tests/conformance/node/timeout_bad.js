'use strict';

// What setTimeout() refuses.

const net = require('node:net');

const { attempt } = require('./tracer.js');

const socket = new net.Socket();
for (const ms of [-1, NaN, Infinity, '100', undefined, true, 0]) {
  attempt(`- ${ms}`.toLowerCase(), () => socket.setTimeout(ms));
}
attempt('- callback', () => socket.setTimeout(1, 'x'));
attempt('- callback_off', () => socket.setTimeout(0, 5));
socket.setTimeout(0);
