'use strict';

// The two sides of a Duplex end apart, unless they may not.

const { all, settle, steps, stream, t, watch } = require('./tracer.js');

const make = (end, options) => watch(new stream.Duplex({
  read() {},
  write(chunk, encoding, callback) { t(`${end}.write`, chunk); callback(); },
  final(callback) { t(`${end}.final`); callback(); },
  ...options,
}), end, all);
const a = make('a');
a.push(null);
steps(
  () => {},
  () => {
    t('a.state', a.readable, a.writable, a.destroyed, a.allowHalfOpen);
    a.end('x');
  },
  () => {
    const b = make('b');
    b.end('x');
    settle(() => {
      t('b.state', b.readable, b.writable, b.destroyed);
      b.push('y');
      b.push(null);
    });
  },
  () => {},
  () => {
    const c = make('c', { allowHalfOpen: false });
    c.push(null);
    c.write('x');
  },
  () => {
    const d = make('d', { readable: false });
    t('d.state', d.readable, d.writable, d.readableEnded);
    d.end('x');
  },
  () => {
    const e = make('e', { writable: false });
    t('e.state', e.readable, e.writable, e.writableFinished);
    e.push(null);
  },
  () => {
    const f = make('f', { autoDestroy: false });
    f.push(null);
    f.end();
    settle(() => t('f.state', f.destroyed, f.readableEnded, f.writableFinished));
  },
);
