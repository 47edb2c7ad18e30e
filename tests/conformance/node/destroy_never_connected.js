'use strict';

// Without a handle 'close' comes in the next tick, and does not say whether there was an error.

const net = require('node:net');

const { im, nt, t, watch } = require('./tracer.js');

const socket = watch(new net.Socket(), 'C');
socket.destroy();
t('C.sync');
nt('C.nt');
im('C.im');
