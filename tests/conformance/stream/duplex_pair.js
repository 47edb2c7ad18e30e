'use strict';

// Two sides, back to back.

const { cb, steps, stream, t, watch } = require('./tracer.js');

const [a, b] = stream.duplexPair({ highWaterMark: 4 });
watch(a, 'a');
watch(b, 'b');
t('a.write', a.write('one', cb('a.one')));
t('a.write', a.write('two', cb('a.two')));
t('a.write', a.write('', cb('a.empty')));
t('b.length', b.readableLength, a.writableLength);
steps(
  () => {},
  () => t('b.read', b.read()),
  () => t('b.read', b.read()),
  () => {
    a.end(cb('a.end'));
    b.resume();
  },
  () => {
    t('b.state', b.readable, b.writable);
    b.end('back', cb('b.end'));
    a.resume();
  },
  () => {
    const [c, d] = stream.duplexPair();
    watch(c, 'c');
    watch(d, 'd').resume();
    c.destroy();
  },
  () => {
    const [e, f] = stream.duplexPair();
    watch(e, 'e');
    watch(f, 'f');
    e.destroy(new Error('why'));
  },
);
