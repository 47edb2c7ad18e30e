'use strict';

// Where Node's BlockList is silent, or not of one mind.

const net = require('node:net');

const { attempt, t } = require('./tracer.js');

const list = new net.BlockList();
list.addSubnet('0.0.0.0', 0);
const check = (...args) => attempt(`- check ${args}`, () => list.check(...args));
check('x');
check('::1');
check('1.1.1.1', 'ipv6');
check('1.1.1.1', 'x');

// An IPv6 range around the IPv4-mapped addresses.
list.clear();
list.addRange('::', 'ffff::', 'ipv6');
t('- around', list.check('1.1.1.1'), list.check('::ffff:1.1.1.1', 'ipv6'));

// The same rule twice.
list.clear();
for (let i = 0; i < 2; i++) {
  list.addSubnet('1.1.1.0', 24);
  list.addRange('1.1.1.1', '1.1.1.2');
  list.addAddress('1.1.1.1');
}
t('- twice', list.size);

// All or nothing.
list.clear();
attempt('- addCIDRs', () => list.addCIDRs(['1.1.1.1/8', '1.1.1.1/99']));
t('- addCIDRs', list.size);
attempt('- fromJSON', () => list.fromJSON(['a word']));
