'use strict';

// What fails when a socket that adopted a BoundSocket connects, is told later. (v26)

const net = require('node:net');

const { CLOSED_PORT, HOST, t, watch } = require('./tracer.js');

const adopt = (end) => watch(new net.Socket({ handle: new net.BoundSocket({ host: HOST }) }), end);

adopt('refused').connect(CLOSED_PORT, HOST);
t('refused.sync');
adopt('family').connect(CLOSED_PORT, '::1');
t('family.sync');
const lookup = (host, options, callback) => {
  t('name.asked', { all: options.all ?? false });
  callback(null, HOST, 4);
};
adopt('name').connect({ port: CLOSED_PORT, host: 'name.invalid', lookup });
t('name.sync');
adopt('written').write('x', (err) => t('written.callback', err));
adopt('destroyed').destroy();
