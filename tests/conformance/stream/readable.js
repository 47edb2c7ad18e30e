'use strict';

// A readable listener is told on ticks, and reads.

const { nt, source, steps, t, watch } = require('./tracer.js');

const r = watch(source(), 'r');
r.on('readable', () => {
  t('r.readable', r.readableLength);
  t('r.read', r.read());
  t('r.read', r.read());
});
t('r.flowing', r.readableFlowing);
r.push('one');
r.push('two');
nt('-.tick');
steps(
  () => {},
  () => {
    r.push('three');
    t('-.pushed');
    nt('-.tick');
  },
  () => {
    r.push(null);
    t('-.ended');
  },
);
