'use strict';

// destroy() before the lookup has answered.

const net = require('node:net');

const { CLOSED_PORT, HOST, settle, t, watch } = require('./tracer.js');

const lookup = (host, options, callback) => {
  settle(() => {
    callback(null, HOST, 4);
    t('C.answered');
  });
};
const options = { port: CLOSED_PORT, host: 'name.invalid', autoSelectFamily: false, lookup };
const client = watch(net.connect(options), 'C');
client.destroy();
