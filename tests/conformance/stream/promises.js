'use strict';

// Awaiting pipeline() and finished(), with signals.

const { settle, sink, source, stream, t, watch } = require('./tracer.js');

const events = ['end', 'finish', 'error', 'close'];
const reader = (name) => watch(source(), name, events);
const writer = (name) => watch(sink(name), name, events);

const wait = (name, promise) => promise.then(
  (value) => t(`${name}.result`, value),
  (err) => t(`${name}.raised`, err, err.cause),
);
const { finished, pipeline } = stream.promises;
const a = reader('a');
a.push('x');
a.push(null);
wait('a', pipeline(a, writer('a.w')));
wait('b', pipeline(['x', 'y'], async (chunks) => {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}));
const open = writer('c');
wait('c', pipeline(['x'], open, { end: false }).then(() => {
  t('c.state', open.writable);
  open.end('y');
}));
const ac = new AbortController();
wait('d', pipeline(reader('d.r'), writer('d.w'), { signal: ac.signal }));
const e = reader('e');
wait('e', finished(e, { signal: ac.signal }));
const f = reader('f');
wait('f', finished(f, { cleanup: true }).then(() => t('f.listeners', f.listenerCount('end'))));
f.resume();
f.push(null);
const g = reader('g');
wait('g', finished(g));
wait('h', pipeline(async function* ({ signal }) {
  signal.onabort = () => t('h.stage', signal.aborted);
  yield 'x';
  yield 'y';
}, new stream.Writable({ write(chunk, encoding, callback) { callback(new Error('write')); } })));
settle(() => {
  ac.abort(new Error('reason'));
  g.destroy();
  settle(() => {
    t('e.state', e.destroyed);
    wait('i', pipeline(reader('i.r'), writer('i.w'), { signal: ac.signal }));
    wait('j', finished(e, { signal: ac.signal }));
  });
});
