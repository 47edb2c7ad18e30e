'use strict';

// Callbacks of writes, drain, finish: what comes before what.

const { cb, nt, settle, sink, t, watch } = require('./tracer.js');

const w = watch(sink('w', { highWaterMark: 6 }), 'w');
const same = cb('w.same');
t('w.answer', w.write('abc', cb('w.abc')));
t('w.answer', w.write('def', same));
t('w.answer', w.write('ghi', same));
t('w.state', w.writableLength, w.writableNeedDrain);
nt('-.tick');
settle(() => {
  w.write('jkl', cb('w.jkl'));
  w.end('mno', cb('w.end'));
  t('w.state', w.writableEnded, w.writableFinished, w.writable);
  nt('-.tick');
});
