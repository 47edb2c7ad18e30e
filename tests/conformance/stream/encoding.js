'use strict';

// set_encoding() midway, over a character that is split.

const { all, source, t, watch } = require('./tracer.js');

const r = watch(source(), 'r');
r.push(Buffer.from([0x61, 0xe2]));
t('r.length', r.readableLength, r.readableEncoding);
r.setEncoding('UTF-8');
t('r.length', r.readableLength, r.readableEncoding);
r.push(Buffer.from([0x82]));
t('r.length', r.readableLength);
r.push(Buffer.from([0xac, 0x62]));
t('r.length', r.readableLength);
r.push('text');
r.push(Buffer.from([0xe2]));
r.on('data', (text) => t('r.data', text.replace('\u20ac', 'EURO').replace('\ufffd', 'BAD')));
r.push(null);
const h = watch(source({ encoding: 'hex' }), 'h', all);
h.push('ab');
h.push(Buffer.from('c'));
h.push(null);
