'use strict';

// What push() answers, and when _read() is called.

const { settle, source, stream, t, watch } = require('./tracer.js');

for (const highWaterMark of [0, 1, 3]) {
  const r = source({ highWaterMark });
  t('r.push', ['a', 'b', '', 'cd'].map((chunk) => r.push(chunk)));
}
const o = source({ objectMode: true, highWaterMark: 2 });
t('o.push', [0, '', false, {}].map((chunk) => o.push(chunk)));
t('o.length', o.readableLength);
let left = 6;
const r = new stream.Readable({
  highWaterMark: 5,
  read(size) {
    t('s.asked', size);
    t('s.push', this.push(left-- > 0 ? 'xy' : null));
  },
});
watch(r, 's');
t('s.read', r.read(1));
settle(() => {
  t('s.length', r.readableLength);
  r.resume();
});
