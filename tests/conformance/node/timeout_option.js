'use strict';

// The timeout option of connect() is set at once, and runs while the socket connects.

const net = require('node:net');

const { CLOSED_PORT, later, t, watch } = require('./tracer.js');

const lookup = () => {};
const options = { port: CLOSED_PORT, host: 'name.invalid', timeout: 20, lookup };
const client = watch(net.connect(options), 'C');
t('C.state', { timeout: client.timeout });
client.on('timeout', () => client.destroy());
later(100, () => t('C.later'));
