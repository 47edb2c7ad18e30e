'use strict';

// A data listener makes a stream flow on the next tick.

const { all, nt, settle, source, t, watch } = require('./tracer.js');

const r = watch(source(), 'r', all.slice(1));
t('r.flowing', r.readableFlowing);
r.push('one');
r.on('data', (chunk) => t('r.data', chunk));
t('r.flowing', r.readableFlowing);
nt('-.tick');
r.push('two');
settle(() => {
  t('-.later');
  r.push('three');
  t('-.pushed');
  r.push(null);
  t('r.ended', r.readableEnded);
  nt('-.tick');
});
