'use strict';

// With both kinds of listeners nothing flows, until readable is removed.

const { all, source, steps, t, watch } = require('./tracer.js');

const r = watch(source(), 'r', all);
const onReadable = () => t('r.readable');
r.on('readable', onReadable);
t('r.flowing', r.readableFlowing);
r.push('one');
steps(
  () => {},
  () => t('r.read', r.read()),
  () => {
    r.off('readable', onReadable);
    t('r.flowing', r.readableFlowing);
  },
  () => {
    t('r.flowing', r.readableFlowing);
    r.push('two');
  },
  () => r.removeAllListeners('data'),
  () => {
    t('r.flowing', r.readableFlowing);
    r.push(null);
  },
);
