'use strict';

// pause() in a data listener, and resume().

const { source, steps, t, watch } = require('./tracer.js');

const r = watch(source(), 'r');
r.on('data', (chunk) => {
  t('r.data', chunk);
  r.pause();
  t('r.paused', r.isPaused(), r.readableFlowing);
});
r.push('one');
r.push('two');
steps(
  () => {},
  () => r.push('three'),
  () => {
    t('r.length', r.readableLength);
    r.resume();
    t('r.paused', r.isPaused(), r.readableFlowing);
  },
  () => r.resume().resume(),
  () => {
    r.push(null);
    r.resume();
  },
);
