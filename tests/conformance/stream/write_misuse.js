'use strict';

// What write() raises, and what it reports.

const { attempt, sink, source, stream, t, watch } = require('./tracer.js');

const w = watch(sink('w'), 'w');
attempt('w.null', () => w.write(null));
attempt('w.number', () => w.write(5));
attempt('w.encoding', () => w.write('x', 'morse'));
attempt('w.buffer', () => w.write('x', 'buffer'));
attempt('w.default', () => w.setDefaultEncoding('morse'));
attempt('w.option', () => new stream.Writable({ defaultEncoding: 'morse' }));
attempt('w.mark', () => new stream.Writable({ highWaterMark: -1 }));
attempt('w.mark', () => new stream.Writable({ highWaterMark: 1.5 }));
attempt('d.mark', () => new stream.Duplex({ readableHighWaterMark: -1 }));
w.pipe(sink('other'));
t('w.destroyed', w.destroyed);
const n = watch(new stream.Writable(), 'n');
attempt('n.write', () => n.write('x'));
const r = watch(source(), 'r');
t('r.push', r.push(5));
const m = watch(new stream.Readable(), 'm');
t('m.read', m.read());
const f = watch(source(), 'f');
f.push(null);
t('f.push', f.push('x'));
