'use strict';

// Texts that a URL's authority may be, an address with a port not.

const net = require('node:net');

const { t } = require('./tracer.js');

for (const text of ['1.2.3.4:80', '[::1]:80', '1.2.3.4:', '256', '1.2.3:5', '0x7f.1:9', '01.2.3.4',
  'user@1.2.3.4', '1.2.3.4/x', ' 1.2.3.4']) {
  const found = net.SocketAddress.parse(text);
  t(`- ${text}`, found ? `${found.address} ${found.port}` : null);
}
