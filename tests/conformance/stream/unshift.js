'use strict';

// What is given back comes first, until the end was emitted.

const { all, settle, source, t, watch } = require('./tracer.js');

const r = watch(source(), 'r', all);
r.pause();
r.push('def');
r.unshift('abc');
t('r.read', r.read(4));
t('r.read', r.read());
r.push(null);
t('r.unshift', r.unshift('late'));
r.resume();
settle(() => {
  t('r.unshift', r.unshift('too late'));
  t('r.errored', r.errored);
});
