'use strict';

// read(n): within a chunk, across chunks, too much, and at the end.

const { all, source, t, watch } = require('./tracer.js');

const r = watch(source({ highWaterMark: 8 }), 'r', all);
r.pause();
r.push('abcdef');
r.push('ghij');
t('r.length', r.readableLength);
t('r.read', r.read(0));
t('r.read', r.read(4));
t('r.read', r.read(3));
t('r.read', r.read(100));
t('r.mark', r.readableHighWaterMark);
t('r.read', r.read());
t('r.read', r.read());
r.push('xyz');
r.push(null);
t('r.read', r.read(2));
t('r.read', r.read(2));
t('r.read', r.read(2));
