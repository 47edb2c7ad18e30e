'use strict';

// A destination that is full pauses the source until it drains.

const { sink, source, steps, stream, t, watch } = require('./tracer.js');

let held = [];
const slow = (end, highWaterMark) => watch(new stream.Writable({
  highWaterMark,
  write(chunk, encoding, callback) { t(`${end}.write`, chunk); held.push(callback); },
}), end);
const release = () => { const callbacks = held; held = []; callbacks.forEach((c) => c()); };
const r = watch(source(), 'r');
const a = slow('a', 3);
const b = watch(sink('b'), 'b');
r.pipe(a);
r.pipe(b);
r.push('one');
steps(
  () => {},
  () => {
    r.push('two');
    t('r.paused', r.isPaused(), r.readableLength);
  },
  () => release(),
  () => r.unpipe(a),
  () => t('r.paused', r.isPaused(), r.readableLength),
  () => {
    const c = slow('c', 1);
    c.write('full');
    r.pipe(c);
    r.push('three');
  },
  () => release(),
  () => release(),
  () => r.unpipe(),
);
