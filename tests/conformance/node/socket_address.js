'use strict';

// The values of a SocketAddress, and what it does not take.

const net = require('node:net');

const { attempt, t } = require('./tracer.js');

const show = (line, a) => t(line, a.address, a.family, a.port, a.flowlabel);
const good = [
  {}, { family: 'ipv6' }, { family: 'IPV6', address: '::A', port: '80', flowlabel: 5 },
  { port: 65535 }, { port: '0x50' }, { flowlabel: 5 }, { address: '1.2.3.4', port: 5 },
  { family: 'ipv6', address: '::ffff:1.2.3.4', flowlabel: 0xfffff },
  { family: 'ipv6', address: '2001:DB8::0:1' }, { family: 'ipv6', address: 'fe80::1%lo' },
];
good.forEach((options, i) => show(`- ${i}`, new net.SocketAddress(options)));
const wrong = [
  { address: 5 }, { address: '' }, { address: 'x' }, { address: '::1' }, { address: '01.2.3.4' },
  { family: 'ipv6', address: '1.2.3.4' }, { family: 'x' }, { family: null }, { family: 5 },
  { port: -1 }, { port: 65536 }, { port: 1.5 }, { port: '' }, { port: null }, { port: {} },
  { flowlabel: -1 }, { flowlabel: 1.5 }, { flowlabel: '1' },
];
wrong.forEach((options, i) => attempt(`- wrong ${i}`, () => new net.SocketAddress(options)));
const texts = ['1.2.3.4', '1.2.3.4:81', '1.2.3.4:0', '[::1]', '[::1]:81', '[2001:DB8::1]:443'];
texts.forEach((text) => show(`- parse ${text}`, net.SocketAddress.parse(text)));
const none = ['', 'x', '::1', '::1:80', '1.2.3.4:65536', '[::1%lo]:5', '[::1]x', '[1.2.3.4]'];
none.forEach((text) => t(`- parse ${text}`, net.SocketAddress.parse(text) === undefined));
attempt('- parse', () => net.SocketAddress.parse(5));
t('-', net.SocketAddress.isSocketAddress(new net.SocketAddress()),
  net.SocketAddress.isSocketAddress({}), ...Object.keys(new net.SocketAddress().toJSON()));
