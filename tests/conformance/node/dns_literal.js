'use strict';

// A literal is its own address, whatever the family: a tick later, among other ticks.

const dns = require('node:dns');

const { im, nt, t } = require('./tracer.js');

im('- im');
nt('- nt1');
dns.lookup('127.0.0.1', (err, address, family) => t('- four', err, address, family));
nt('- nt2');
dns.lookup('::1', { family: 4 }, (err, address, family) => {
  t('- six', err, address, family);
  nt('- nt in six');
});
dns.lookup('fe80::1%nowhere', { all: true, order: 'ipv4first' }, (err, addresses) => {
  t('- all', err, addresses.length, addresses[0]);
});
nt('- nt3');
t('- sync');
