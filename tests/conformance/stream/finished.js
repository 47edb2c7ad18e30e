'use strict';

// finished(): what counts as the end of a stream.

const { attempt, nt, settle, sink, source, stream, t, watch } = require('./tracer.js');

const end = (name, s, options) => stream.finished(s, options, (err) => t(`${name}.finished`, err));
const a = watch(source(), 'a', ['end', 'close']);
end('a', a);
a.resume();
a.push(null);
const b = watch(source(), 'b', ['error', 'close']);
end('b', b);
b.destroy();
const c = watch(source(), 'c', ['error', 'close']);
end('c', c);
c.destroy(new Error('why'));
const d = watch(sink('d'), 'd', ['finish', 'close']);
end('d', d);
d.end();
const duplex = (name) => watch(new stream.Duplex({
  read() {},
  write(chunk, encoding, callback) { callback(); },
}), name, ['end', 'finish', 'close']);
const e = duplex('e');
end('e', e);
end('e.readable', e, { writable: false });
end('e.writable', e, { readable: false });
e.resume();
e.push(null);
settle(() => e.end());
const f = watch(source({ autoDestroy: false }), 'f', ['end', 'error', 'close']);
end('f', f);
f.resume();
f.push(null);
const g = watch(source(), 'g', ['error', 'close']);
end('g', g, { error: false });
g.destroy(new Error('why'));
const h = source();
const cleanup = end('h', h);
t('h.listeners', ['end', 'finish', 'error', 'close'].map((event) => h.listenerCount(event)));
cleanup();
t('h.listeners', ['end', 'finish', 'error', 'close'].map((event) => h.listenerCount(event)));
h.destroy();
attempt('-.stream', () => end('x', {}));
attempt('-.callback', () => stream.finished(h, {}, null));
settle(() => {
  end('late.a', a);
  end('late.b', b);
  end('late.c', c);
  end('late.d', d);
  end('late.f', f);
  nt('-.tick');
});
