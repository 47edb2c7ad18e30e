'use strict';

// pipeline() of iterables, generator functions and a last async function.

const { cb, settle, sink, source, stream, t, watch } = require('./tracer.js');

const events = ['end', 'finish', 'error', 'close'];
const reader = (name) => watch(source(), name, events);
const writer = (name) => watch(sink(name), name, events);

const run = (name, ...streams) => stream.pipeline(...streams, cb(`${name}.callback`, 1));
async function* upper(chunks) { for await (const chunk of chunks) yield String(chunk).toUpperCase(); }
async function* fail() { yield 'x'; throw new Error('mine'); }
async function count(chunks) { let n = 0; for await (const _ of chunks) n++; return n; }
async function* first(chunks) { for await (const chunk of chunks) { yield chunk; break; } }
async function* guarded(name) {
  try { yield 'a'; yield 'b'; yield 'c'; } finally { t(`${name}.finally`); }
}
const bad = () => new stream.Writable({
  write(chunk, encoding, callback) { callback(new Error('write')); },
});
run('a', ['one', 'two'], upper, writer('a'));
run('b', function* () { yield 'x'; }, writer('b'));
run('c', async function* () { yield 'x'; yield 'y'; }, upper, upper, writer('c'));
run('d', ['x', 'y', 'z'], count);
run('e', stream.Readable.from(['x', 'y']), upper, count);
run('f', fail, writer('f'));
run('g', ['x'], fail, count);
run('h', () => guarded('h'), bad());
run('i', () => guarded('i'), upper, bad());
run('j', () => guarded('j'), first, writer('j'));
const k = run('k', ['x', 'y'], upper);
watch(k, 'k', ['data', 'end', 'close']);
t('k.mode', k.readableObjectMode, k instanceof stream.PassThrough);
const l = reader('l');
run('l', l, async (chunks) => {
  try {
    for await (const chunk of chunks) t('l.chunk', chunk);
  } catch (err) {
    t('l.saw', err);
    return 'value';
  }
});
l.push('x');
settle(() => l.destroy(new Error('why')));
run('m', [1], async () => { throw new Error('sink'); });
const n = watch(run('n', ['x'], async () => 'value'), 'n', ['data', 'end']);
run('o', 'text', async (chunks) => {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
});
