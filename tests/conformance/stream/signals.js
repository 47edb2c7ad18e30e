'use strict';

// Signals destroy streams, and stop waiting for them.

const { attempt, cb, nt, settle, sink, source, stream, t, watch } = require('./tracer.js');

const ac = new AbortController();
const a = watch(source({ signal: ac.signal }), 'a');
const b = watch(sink('b'), 'b');
t('b.same', stream.addAbortSignal(ac.signal, b) === b);
const f = watch(source(), 'f');
stream.finished(f, { signal: ac.signal }, cb('f.finished'));
const done = watch(sink('done'), 'done');
stream.addAbortSignal(ac.signal, done);
done.end();
attempt('-.signal', () => stream.addAbortSignal({}, a));
attempt('-.stream', () => stream.addAbortSignal(ac.signal, {}));
settle(() => {
  ac.abort(new Error('why'));
  t('a.state', a.destroyed, a.errored, a.errored.cause);
  t('f.state', f.destroyed, f.listenerCount('end'));
  settle(() => {
    const c = watch(source({ signal: ac.signal }), 'c');
    t('c.state', c.destroyed);
    stream.finished(f, { signal: ac.signal }, cb('f.again'));
    nt('-.tick');
  });
});
