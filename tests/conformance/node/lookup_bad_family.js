'use strict';

// A lookup that answers a family that is none.

const net = require('node:net');

const { HOST, message, t, watch } = require('./tracer.js');

const lookup = (host, options, callback) => callback(null, HOST, 100);
const options = { port: 1, host: 'name.invalid', autoSelectFamily: false, lookup };
const client = watch(net.connect(options), 'C');
client.on('error', (err) => t('C.message', message(err)));
