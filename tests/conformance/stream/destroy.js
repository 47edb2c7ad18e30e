'use strict';

// destroy(): once, with the first error, and what it leaves.

const { all, nt, settle, sink, source, t, watch } = require('./tracer.js');

const r = watch(source(), 'r', all);
r.push('lost');
t('r.same', r.destroy(new Error('first')) === r);
r.destroy(new Error('second'));
t('r.push', r.push('more'));
t('r.state', r.destroyed, r.closed, r.readable, r.readableAborted, r.errored);
nt('-.tick');
const w = watch(sink('w'), 'w');
w.destroy();
t('w.state', w.destroyed, w.closed, w.writable, w.writableAborted, w.errored);
const slow = watch(source({ destroy(err, callback) { settle(() => callback(err)); } }), 's');
slow.destroy(new Error('slow'));
t('s.state', slow.destroyed, slow.closed);
const quiet = watch(source({ emitClose: false }), 'q');
quiet.destroy();
settle(() => {
  t('r.read', r.read());
  t('q.state', quiet.destroyed, quiet.closed);
  r.on('data', () => t('r.data'));
  r.resume();
});
