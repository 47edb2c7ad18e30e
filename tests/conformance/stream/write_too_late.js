'use strict';

// write() and end() after end() and after destroy().

const { cb, sink, steps, t, watch } = require('./tracer.js');

const a = watch(sink('a'), 'a');
a.end('x', cb('a.end'));
a.end(cb('a.again'));
steps(
  () => {},
  () => a.end(cb('a.late')),
  () => t('a.write', a.write('y', cb('a.y'))),
);
const b = watch(sink('b'), 'b');
b.end('x');
t('b.write', b.write('y', cb('b.y')));
const c = watch(sink('c'), 'c');
c.end('x');
c.end('y', cb('c.end'));
const d = watch(sink('d'), 'd');
d.destroy();
t('d.write', d.write('y', cb('d.y')));
t('d.errored', d.errored);
const e = watch(sink('e', { autoDestroy: false }), 'e');
e.end();
t('e.write', e.write('y', cb('e.y')));
