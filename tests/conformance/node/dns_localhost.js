'use strict';

// A name is looked up in another thread: after the ticks, with ticks after each callback.

const dns = require('node:dns');

const { nt, t } = require('./tracer.js');

dns.lookup('localhost', { family: 4 }, (err, address, family) => {
  t('- one', err, address, family);
  nt('- nt in one');
  dns.lookup('localhost', { family: 'IPv4', all: true }, (err, addresses) => {
    t('- all', err, addresses.length, addresses[0]);
    nt('- nt in all');
    dns.lookup('127.1', (err, address, family) => t('- legacy', err, address, family));
  });
  nt('- nt after');
});
nt('- nt');
t('- sync');
