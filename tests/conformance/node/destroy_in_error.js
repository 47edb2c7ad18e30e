'use strict';

// destroy() inside 'error' changes nothing.

const net = require('node:net');

const { CLOSED_PORT, HOST, nt, watch } = require('./tracer.js');

const client = watch(net.connect(CLOSED_PORT, HOST), 'C');
client.on('error', () => {
  client.destroy();
  client.destroy(new Error('another'));
  nt('C.nt');
});
