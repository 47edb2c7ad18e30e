'use strict';

// A client with a block list, and one address: 'connectionAttempt' comes before the check.

const net = require('node:net');

const { CLOSED_PORT, HOST, message, nt, t, watch } = require('./tracer.js');

const blockList = new net.BlockList();
blockList.addAddress(HOST);

const client = watch(net.connect({ port: CLOSED_PORT, host: HOST, blockList }), 'C');
client.on('error', (err) => {
  t('C.message', message(err));
  t('C.state', { destroyed: client.destroyed, connecting: client.connecting });
});
client.on('close', () => {
  const lookup = (host, options, callback) => callback(null, HOST, 4);
  watch(net.connect({ port: CLOSED_PORT, host: 'name.invalid', lookup, autoSelectFamily: false,
    blockList }), 'C2');
});
t('C.sync');
nt('C.nt');
