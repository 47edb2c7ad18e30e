'use strict';

// Of several addresses the families take turns, that of the first one first; doubles count once.

const net = require('node:net');

const { CLOSED_PORT, t, watch } = require('./tracer.js');

const events = ['connectionAttempt', 'error', 'close'];
const found = ['127.0.0.1', '127.0.0.2', '::1', '127.0.0.1', '127.0.0.3', '::1'];
const lookup = (host, options, callback) => {
  callback(null, found.map((address) => ({ address, family: net.isIP(address) })));
};
const client = net.connect({ port: CLOSED_PORT, host: 'name.invalid', lookup });
watch(client, 'C', [...events, 'lookup']);
client.on('error', (err) => t('C.errors', err.errors.length));
