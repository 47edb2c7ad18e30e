'use strict';

// Errors that are thrown in what a stream implements.

const { attempt, cb, stream, t, watch } = require('./tracer.js');

const boom = (what) => () => { throw new Error(what); };
const done = (chunk, encoding, callback) => callback();
const r = watch(new stream.Readable({ read: boom('read') }), 'r');
t('r.read', r.read());
const w = watch(new stream.Writable({ write: boom('write') }), 'w');
attempt('w.write', () => w.write('x', cb('w.x')));
const f = watch(new stream.Writable({ write: done, final: boom('final') }), 'f');
f.end('x', cb('f.end'));
const d = watch(new stream.Writable({ write: done, destroy: boom('destroy') }), 'd');
d.destroy();
const e = watch(new stream.Writable({ write: done, destroy: boom('destroy') }), 'e');
e.destroy(new Error('first'));
t('e.errored', e.errored);
const c = watch(new stream.Writable({ write: done, construct: boom('construct') }), 'c');
c.write('x', cb('c.x'));
const x = watch(new stream.Transform({ transform: boom('transform') }), 'x');
attempt('x.write', () => x.write('x'));
const y = watch(new stream.Transform({ transform: done, flush: boom('flush') }), 'y');
y.end(cb('y.end'));
const v = watch(new stream.Writable({ writev: boom('writev') }), 'v');
v.cork();
v.write('1', cb('v.1'));
v.write('2', cb('v.2'));
attempt('v.uncork', () => v.uncork());
