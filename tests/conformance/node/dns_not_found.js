'use strict';

// Names that the resolver refuses by itself: an empty label, and one of 64 letters.

const dns = require('node:dns');

const { message, nt, t } = require('./tracer.js');

dns.lookup('a..b', (err, address, family) => {
  t('- empty label', err, message(err), address, family, err.hostname);
  nt('- nt');
  dns.lookup(`${'x'.repeat(64)}.invalid`, { all: true }, (err, addresses) => {
    t('- long label', err, addresses);
  });
});
t('- sync');
