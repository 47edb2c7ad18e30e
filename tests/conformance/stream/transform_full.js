'use strict';

// A Transform whose reader is slow holds its writer up.

const { cb, steps, stream, t, watch } = require('./tracer.js');

for (const options of [
  { highWaterMark: 2 },
  { highWaterMark: 0 },
  { readableHighWaterMark: 0 },
  { readableHighWaterMark: 0, writableHighWaterMark: 3 },
  { writableHighWaterMark: 1 },
  { objectMode: true, highWaterMark: 1 },
]) {
  const p = new stream.PassThrough(options);
  t('p.marks', p.readableHighWaterMark, p.writableHighWaterMark);
  t('p.write', ['ab', 'cd', 'ef'].map((chunk) => p.write(chunk)));
  t('p.length', p.readableLength, p.writableLength);
}
const p = watch(new stream.PassThrough({ highWaterMark: 2 }), 'p');
['ab', 'cd', 'ef'].forEach((chunk) => p.write(chunk, cb(`p.${chunk}`)));
steps(
  () => {},
  () => t('p.read', p.read()),
  () => t('p.length', p.readableLength, p.writableLength),
  () => p.resume(),
  () => t('p.length', p.readableLength, p.writableLength, p.writableNeedDrain),
);
