'use strict';

// A client with a block list, and several addresses: those that it forbids are not attempted.

const net = require('node:net');

const { CLOSED_PORT, HOST, t, watch } = require('./tracer.js');

const found = [{ address: '::1', family: 6 }, { address: HOST, family: 4 }];
const lookup = (host, options, callback) => callback(null, found);

const connect = (end, blockList) => watch(net.connect({
  port: CLOSED_PORT, host: 'name.invalid', lookup, autoSelectFamily: true, blockList,
}), end);

const blockList = new net.BlockList();
blockList.addAddress('::1', 'ipv6');
blockList.addRange('127.0.0.0', '127.0.0.9');
const client = connect('C', blockList);
client.on('error', (err) => {
  t('C.errors', ...err.errors);
  t('C.attempted', client.autoSelectFamilyAttemptedAddresses.length);
});
client.on('close', () => {
  // One of two: the other one is refused.
  blockList.clear();
  blockList.addAddress('::1', 'ipv6');
  const second = connect('C2', blockList);
  second.on('error', (err) => {
    t('C2.errors', ...err.errors);
    t('C2.attempted', ...second.autoSelectFamilyAttemptedAddresses);
  });
});
