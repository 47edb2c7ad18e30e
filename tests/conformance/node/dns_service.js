'use strict';

// The names of an address and of a port.

const dns = require('node:dns');

const { nt, t } = require('./tracer.js');

dns.lookupService('127.0.0.1', '0x50', (err, hostname, service) => {
  t('- known', err, typeof hostname, typeof service);
  nt('- nt');
  dns.lookupService('127.0.0.1', 1, (err, hostname, service) => {
    t('- another', err, typeof hostname, typeof service);
  });
});
nt('- nt first');
t('- sync');
