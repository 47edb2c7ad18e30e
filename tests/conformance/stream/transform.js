'use strict';

// When a Transform transforms, calls back and flushes.

const { all, cb, im, nt, settle, stream, t, watch } = require('./tracer.js');

const x = watch(new stream.Transform({
  transform(chunk, encoding, callback) {
    t('x.transform', chunk, encoding);
    this.push('<');
    callback(null, chunk);
  },
  flush(callback) { t('x.flush'); this.push('!'); callback(null, '?'); },
}), 'x');
t('x.write', x.write('a', cb('x.a')));
t('x.write', x.write('b', cb('x.b')));
t('x.length', x.readableLength, x.writableLength);
nt('-.tick');
x.on('data', (chunk) => t('x.data', chunk));
settle(() => {
  x.end('c', cb('x.end'));
  t('x.ended', x.writableFinished, x.readableEnded);
});
const later = watch(new stream.Transform({
  transform(chunk, encoding, callback) { im(() => callback(null, chunk)); },
}), 'l', all);
later.write('1', cb('l.1'));
later.end('2', cb('l.2'));
const none = watch(new stream.PassThrough(), 'n', all);
none.end();
