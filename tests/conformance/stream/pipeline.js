'use strict';

// pipeline() of streams: to the end, and when one fails.

const { cb, settle, sink, source, stream, t, watch } = require('./tracer.js');

const events = ['end', 'finish', 'error', 'close'];
const reader = (name) => watch(source(), name, events);
const writer = (name) => watch(sink(name), name, events);

const start = (name, build) => {
  const streams = build();
  const last = stream.pipeline(...streams, cb(`${name}.callback`));
  t(`${name}.last`, last === streams.at(-1));
  return streams;
};
const trio = (name) => () => [
  reader(`${name}.r`), watch(new stream.PassThrough(), `${name}.p`, events), writer(`${name}.w`),
];
const [a] = start('a', trio('a'));
a.push('one');
a.push(null);
const [b] = start('b', trio('b'));
const [, c] = start('c', trio('c'));
const [, , d] = start('d', trio('d'));
const [e] = start('e', trio('e'));
const [, , f] = start('f', trio('f'));
const [g] = start('g', () => [reader('g.r'), new stream.Writable({
  write(chunk, encoding, callback) { callback(new Error('write')); },
})]);
g.push('x');
const [h] = start('h', () => [reader('h.r'), watch(new stream.PassThrough(), 'h.p', events)]);
h.push('x');
h.push(null);
settle(() => {
  b.destroy(new Error('source'));
  c.destroy(new Error('middle'));
  d.destroy(new Error('last'));
  e.destroy();
  f.destroy();
  settle(() => {
    t('h.listeners', h.listenerCount('error'), h.listenerCount('close'));
  });
});
