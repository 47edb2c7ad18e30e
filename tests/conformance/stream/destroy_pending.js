'use strict';

// What becomes of writes that wait when a stream is destroyed.

const { cb, im, settle, stream, t, watch } = require('./tracer.js');

for (const [end, err] of [['a', undefined], ['b', new Error('why')]]) {
  const w = watch(new stream.Writable({
    write(chunk, encoding, callback) { settle(() => { t(`${end}.done`); callback(); }); },
  }), end);
  w.write('1', cb(`${end}.1`));
  w.write('2', cb(`${end}.2`));
  w.end('3', cb(`${end}.3`));
  im(() => w.destroy(err));
}
const f = watch(new stream.Writable({
  write(chunk, encoding, callback) { im(() => callback(new Error('failed'))); },
}), 'f');
f.write('1', cb('f.1'));
f.write('2', cb('f.2'));
f.end(cb('f.end'));
const g = watch(new stream.Writable({
  write(chunk, encoding, callback) { callback(new Error('failed')); },
}), 'g');
t('g.write', g.write('1', cb('g.1')));
t('g.write', g.write('2', cb('g.2')));
t('g.errored', g.errored, g.destroyed);
