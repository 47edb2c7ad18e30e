'use strict';

// A local address that is none of ours.

const net = require('node:net');

const { CLOSED_PORT, HOST, message, t, watch } = require('./tracer.js');

const options = { port: CLOSED_PORT, host: HOST, localAddress: '192.0.2.200' };
const client = watch(net.connect(options), 'C');
client.on('error', (err) => t('C.message', message(err)));
