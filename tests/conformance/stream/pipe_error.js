'use strict';

// Errors on either end of a pipe.

const { sink, source, steps, stream, t, watch } = require('./tracer.js');

const failing = () => new stream.Writable({
  write(chunk, encoding, callback) { callback(new Error('write')); },
});
const r = watch(source(), 'r');
r.pipe(watch(failing(), 'w'));
r.push('one');
steps(
  () => {},
  () => {
    t('r.state', r.destroyed, r.isPaused());
    r.push('two');
    r.pipe(watch(sink('x'), 'x'));
  },
  () => r.destroy(new Error('read')),
  () => {
    const s = watch(source({ objectMode: true }), 's');
    s.pipe(watch(sink('y'), 'y'));
    s.push({});
  },
  () => {
    const u = watch(source(), 'u');
    const z = failing();
    u.pipe(z);
    z.on('error', (err) => t('z.late', err));
    z.on('close', () => t('z.close'));
    u.push('one');
  },
);
