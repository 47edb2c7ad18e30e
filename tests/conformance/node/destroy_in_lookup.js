'use strict';

// destroy() in 'lookup': no attempt is made.

const net = require('node:net');

const { CLOSED_PORT, HOST, settle, watch } = require('./tracer.js');

const lookup = (host, options, callback) => settle(() => callback(null, HOST, 4));
const options = { port: CLOSED_PORT, host: 'name.invalid', autoSelectFamily: false, lookup };
const client = watch(net.connect(options), 'C');
client.on('lookup', () => client.destroy());
