'use strict';

// end comes when all was read, and close after it.

const { settle, source, t, watch } = require('./tracer.js');

const r = watch(source(), 'r');
r.push('x');
r.push(null);
t('r.push', r.push('more'));
const e = watch(source(), 'e');
e.push(null);
const k = watch(source({ autoDestroy: false }), 'k');
k.push(null);
settle(() => {
  t('-.later');
  e.resume();
  k.resume();
  settle(() => {
    t('k.state', k.destroyed, k.readableEnded, k.readable);
    t('e.state', e.destroyed, e.readableEnded, e.readable);
  });
});
