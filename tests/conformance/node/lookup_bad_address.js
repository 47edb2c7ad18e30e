'use strict';

// A lookup that answers something that is no address.

const net = require('node:net');

const { message, t, watch } = require('./tracer.js');

const lookup = (host, options, callback) => callback(null, 'no address', 4);
const options = { port: 1, host: 'name.invalid', autoSelectFamily: false, lookup };
const client = watch(net.connect(options), 'C');
client.on('error', (err) => t('C.message', message(err)));
