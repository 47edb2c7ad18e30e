'use strict';

// is_readable() and the others, over the life of streams.

const { sink, source, steps, stream, t } = require('./tracer.js');

const ask = (name, s) => t(name, stream.isReadable(s), stream.isWritable(s), stream.isDestroyed(s),
  stream.isErrored(s), stream.isDisturbed(s));
const r = source();
const w = sink('w');
const d = new stream.PassThrough();
const f = source();
const half = new stream.Duplex({ readable: false, write(chunk, encoding, callback) { callback(); } });
const n = source({ autoDestroy: false });
ask('r.new', r);
ask('w.new', w);
ask('d.new', d);
ask('half.new', half);
f.on('error', () => {});
n.on('error', () => {});
steps(
  () => {
    r.on('data', () => {});
    r.push('x');
    w.end('x');
    d.end('x');
    f.destroy(new Error('why'));
    half.end();
    n.emit('error', new Error('mine'));
    ask('w.ended', w);
    ask('f.destroyed', f);
  },
  () => {
    ask('r.read', r);
    ask('w.done', w);
    ask('d.ended', d);
    ask('f.closed', f);
    ask('half.done', half);
    ask('n.error', n);
    r.push(null);
    ask('r.pushed', r);
  },
  () => ask('r.done', r),
  () => { for (const s of [null, undefined, 5, {}, 'x']) ask('-.other', s); },
);
