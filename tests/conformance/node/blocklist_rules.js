'use strict';

// The rules of a BlockList in words, and what is no rule.

const net = require('node:net');

const { attempt, t } = require('./tracer.js');

const list = new net.BlockList();
list.addSubnet('3.0.0.7', 8);
t('-', ...list.rules);
list.removeSubnet('3.0.0.0', 8);
t('-', list.size);
list.removeSubnet('3.0.0.7', 8);
t('-', list.size);
list.addRange('2001:DB8::0:1', '2001:db8::9', 'ipv6');
t('-', ...list.rules);
list.clear();
list.addAddress('::FFFF:1.1.1.1', 'ipv6');
t('-', ...list.rules);
list.addAddress('::ffff:1.1.1.1', 'ipv6');
list.removeAddress('1.1.1.1');
t('-', list.size);
list.addAddress('fe80::1%lo', 'ipv6');
t('-', ...list.toJSON());
const other = new net.BlockList();
other.fromJSON(list.toJSON());
t('-', ...other.rules);
other.fromJSON(JSON.stringify(['Range: IPv4 1.1.1.1-1.1.1.9']));
t('-', other.size, net.BlockList.isBlockList(other), net.BlockList.isBlockList({}));

const wrong = {
  addAddress: [[5], ['x'], ['1.1.1'], ['::1'], ['1.1.1.1', 5], ['1.1.1.1', 'x'],
    ['1.1.1.1', 'ipv6']],
  addRange: [['1.1.1.2', '1.1.1.1'], ['1.1.1.1', 5], ['1.1.1.1', '::1'], [5, '1.1.1.1']],
  addSubnet: [['1.1.1.1', 33], ['1.1.1.1', -1], ['1.1.1.1', 1.5], ['1.1.1.1', '8'],
    ['1.1.1.1', NaN], ['x', 8], ['::1', 129, 'ipv6'], [5, 8]],
  addCIDR: [['1.1.1.1'], ['1.1.1.1/08'], ['1.1.1.1/33'], ['1.1.1.1/-8'], ['1.1.1/8'], ['/8'], [5],
    ['1.1.1.1/']],
  addCIDRs: [['1.1.1.1/8'], [['1.1.1.1/8', 'x']]],
  addAddresses: [['1.1.1.1'], [['1.1.1.1', 'x']]],
  removeAddress: [['x'], [5]],
  removeRange: [['1.1.1.2', '1.1.1.1'], ['x', 'x']],
  removeCIDR: [['1.1.1.1']],
  fromJSON: [[5], [[5]], ['{}'], [['Address: IPv4 999.1.1.1']], [['Subnet: IPv4 1.1.1.1/99']],
    [['Address: IPv6 1.1.1.1']]],
  check: [[5], ['1.1.1.1', 5]],
};
for (const [name, calls] of Object.entries(wrong)) {
  calls.forEach((args, i) => attempt(`- ${name} ${i}`, () => list[name](...args)));
}
t('-', list.size);
