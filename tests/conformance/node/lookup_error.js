'use strict';

// A lookup that fails, even at once: the error comes in a later tick.

const net = require('node:net');

const { nt, t, watch } = require('./tracer.js');

const lookup = (host, options, callback) => {
  const err = new Error('not found');
  err.code = 'ENOTFOUND';
  callback(err);
};
const client = net.connect({ port: 1, host: 'name.invalid', lookup });
t('C.sync');
watch(client, 'C');
nt('C.nt');
