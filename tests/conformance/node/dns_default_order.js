'use strict';

// The default order of addresses.

const dns = require('node:dns');

const { t } = require('./tracer.js');

t('- first', dns.getDefaultResultOrder());
for (const order of ['ipv4first', 'ipv6first', 'verbatim']) {
  dns.setDefaultResultOrder(order);
  t('- then', dns.getDefaultResultOrder(), dns.promises.getDefaultResultOrder());
}
