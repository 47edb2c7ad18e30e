'use strict';

// destroy() in 'connectionAttempt'.

const net = require('node:net');

const { CLOSED_PORT, HOST, traceUncaught, watch } = require('./tracer.js');

traceUncaught('C');
const client = watch(net.connect(CLOSED_PORT, HOST), 'C');
client.on('connectionAttempt', () => client.destroy());
