'use strict';

// A Transform with _final() of its own, with errors, and ended early.

const { all, attempt, cb, settle, stream, t, watch } = require('./tracer.js');

const pass = (chunk, encoding, callback) => callback(null, chunk);
const f = watch(new stream.Transform({
  transform: pass,
  final(callback) { t('f.final'); callback(); },
  flush(callback) { t('f.flush'); callback(null, 'rest'); },
}), 'f', all);
f.end('x', cb('f.end'));
const e = watch(new stream.Transform({
  transform: pass,
  flush(callback) { callback(new Error('flush')); },
}), 'e', all);
e.end('x', cb('e.end'));
const g = watch(new stream.Transform({
  transform: pass,
  final(callback) { callback(); },
  flush(callback) { callback(new Error('flush')); },
}), 'g', all);
g.end('x', cb('g.end'));
const h = watch(new stream.Transform({
  transform(chunk, encoding, callback) { callback(new Error('transform')); },
}), 'h', all);
h.write('x', cb('h.x'));
h.end('y', cb('h.end'));
const n = watch(new stream.Transform(), 'n', all);
attempt('n.write', () => n.write('x', cb('n.x')));
const q = watch(new stream.Transform({
  transform(chunk, encoding, callback) { this.push(null); callback(); },
}), 'q', all);
q.write('x', cb('q.x'));
settle(() => {
  q.write('y', cb('q.y'));
  settle(() => t('q.state', q.readableEnded, q.writable, q.destroyed));
});
