'use strict';

// What the rules of a BlockList cover.

const net = require('node:net');

const { t } = require('./tracer.js');

const rules = {
  address: (list) => list.addAddress('1.1.1.1'),
  mapped: (list) => list.addAddress('::ffff:1.1.1.1', 'ipv6'),
  address6: (list) => list.addAddress('2001:DB8::0:1', 'IPv6'),
  range: (list) => list.addRange('1.1.1.1', '1.1.1.9'),
  range1: (list) => list.addRange('1.1.1.1', '1.1.1.1', 'IPV4'),
  range6: (list) => list.addRange('2001:db8::1', '2001:db8::9', 'ipv6'),
  subnet27: (list) => list.addSubnet('1.1.1.7', 27),
  subnet0: (list) => list.addSubnet('1.1.1.1', 0),
  subnet51: (list) => list.addSubnet('2001:db8::1', 51, 'ipv6'),
  subnet96: (list) => list.addSubnet('::ffff:0:0', 96, 'ipv6'),
  everything: (list) => list.addSubnet('::', 0, 'ipv6'),
  cidr: (list) => list.addCIDR('1.1.0.0/16'),
  private: (list) => list.addCIDRs(net.BlockList.PRIVATE_RANGES),
};
const asked = ['0.0.0.0', '1.1.1.0', '1.1.1.1', '1.1.1.9', '1.1.1.31', '1.1.1.32', '127.1.1.1',
  '255.255.255.255'];
const asked6 = ['::', '::1', '::101:101', '::ffff:1.1.1.1', '::ffff:1.1.1.31', '2001:db8::1',
  '2001:db8::9', '2001:db8::a', '2001:db8:0:1fff::', '2001:db8:0:2000::', 'fe80::1'];

for (const [name, add] of Object.entries(rules)) {
  const list = new net.BlockList();
  add(list);
  t(`- ${name}`, ...asked.filter((text) => list.check(text)),
    ...asked6.filter((text) => list.check(text, 'ipv6')));
  t(`- ${name}`, ...asked.filter((text) => list.check(new net.SocketAddress({ address: text,
    port: 5 }))));
  list.clear();
  t(`- ${name}`, list.size, ...asked.filter((text) => list.check(text)));
}
