'use strict';

// unpipe() pauses; nothing is lost; another pipe goes on.

const { sink, source, steps, t, watch } = require('./tracer.js');

const r = watch(source(), 'r');
const a = watch(sink('a'), 'a');
const b = watch(sink('b'), 'b');
r.pipe(a);
r.push('one');
steps(
  () => {},
  () => {
    r.unpipe(b);
    r.unpipe(a);
    t('r.state', r.readableFlowing, r.isPaused(), r.listenerCount('data'));
    t('a.listeners', ['drain', 'error', 'close', 'finish', 'unpipe'].map((e) => a.listenerCount(e)));
    r.push('two');
  },
  () => r.pipe(b),
  () => b.destroy(),
  () => {
    t('r.state', r.readableFlowing, r.isPaused(), r.destroyed);
    r.push('three');
    r.pipe(a);
    a.end();
  },
  () => t('r.state', r.readableFlowing, r.isPaused(), r.readableLength),
);
