'use strict';

// What is an address.

const net = require('node:net');

const { t } = require('./tracer.js');

for (const text of ['127.0.0.1', '::1', 'x', '', '1.2.3.4 ', '01.2.3.4', '1.2.3', '::ffff:1.2.3.4',
  '::1%lo', 'fe80::1%', '1::2::3', '256.1.1.1', '::1%a/b']) {
  t('-', JSON.stringify(text), net.isIP(text), net.isIPv4(text), net.isIPv6(text));
}
