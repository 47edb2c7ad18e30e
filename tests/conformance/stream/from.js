'use strict';

// Readable.from() over iterables of all kinds.

const { all, attempt, stream, t, watch } = require('./tracer.js');

const make = (name, iterable, options) => {
  const r = watch(stream.Readable.from(iterable, options), name, all);
  t(`${name}.mode`, r.readableObjectMode, r.readableHighWaterMark);
};
make('a', ['one', 2, 0, '']);
make('b', 'text');
make('c', Buffer.from('bytes'));
make('d', (function* () { yield 'x'; yield 'y'; })());
make('e', (async function* () { yield 'x'; yield 'y'; })());
make('f', [Promise.resolve('later'), 'now']);
make('g', [Promise.reject(new Error('later'))]);
make('h', (function* () { yield 'x'; throw new Error('mine'); })());
make('i', (async function* () { yield 'x'; throw new Error('mine'); })());
make('j', ['x', null]);
make('k', (async function* () { yield null; })());
make('l', ['x'], { objectMode: false });
make('m', []);
attempt('-.number', () => stream.Readable.from(5));
attempt('-.none', () => stream.Readable.from(null));
