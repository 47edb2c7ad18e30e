'use strict';

// write() on a socket that was never connected.

const net = require('node:net');

const { t, watch } = require('./tracer.js');

const socket = watch(new net.Socket(), 'C');
t('C.write', socket.write('x', (err) => t('C.written', err)));
