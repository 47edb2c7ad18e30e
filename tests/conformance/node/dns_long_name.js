'use strict';

// Names that no host can have: 256 letters, and half of a surrogate pair. A tick later.

const dns = require('node:dns');

const { nt, t } = require('./tracer.js');

nt('- nt1');
dns.lookup(`${'x.'.repeat(127)}xx`, (err) => t('- long', err));
dns.lookup('\ud800', { all: true }, (err) => t('- surrogate', err));
nt('- nt2');
