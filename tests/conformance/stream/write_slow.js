'use strict';

// Writes that call back later: buffering, drain, finish.

const { cb, im, stream, t, watch } = require('./tracer.js');

const w = watch(new stream.Writable({
  highWaterMark: 4,
  write(chunk, encoding, callback) {
    t('w.write', chunk);
    im(() => { t('w.done', chunk); callback(); });
  },
  final(callback) {
    t('w.final');
    im(callback);
  },
}), 'w');
t('w.answer', w.write('ab', cb('w.ab')));
t('w.answer', w.write('cd', cb('w.cd')));
t('w.answer', w.write('ef'));
t('w.length', w.writableLength);
w.on('drain', () => {
  t('w.length', w.writableLength);
  w.end('gh', cb('w.end'));
  t('w.finished', w.writableFinished);
});
