'use strict';

// An 'error' that nobody listens to is an uncaught exception; 'close' follows.

const net = require('node:net');

const { CLOSED_PORT, HOST, t, traceUncaught } = require('./tracer.js');

traceUncaught('C');
const client = net.connect(CLOSED_PORT, HOST);
client.on('close', (hadError) => t('C.close', hadError));
