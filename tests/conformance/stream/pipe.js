'use strict';

// pipe(): events of both ends, from the first chunk to the last.

const { sink, source, steps, t, watch } = require('./tracer.js');

const r = watch(source(), 'r');
const w = watch(sink('w'), 'w');
t('r.same', r.pipe(w) === w);
r.push('one');
steps(
  () => {},
  () => r.push('two'),
  () => r.push(null),
  () => {
    const late = watch(sink('late'), 'late');
    r.pipe(late);
  },
);
const k = watch(source(), 'k');
const open = watch(sink('open'), 'open');
k.pipe(open, { end: false });
k.push('x');
k.push(null);
