'use strict';

// Corked writes leave as one, if _writev() is there.

const { cb, sink, stream, t, watch } = require('./tracer.js');

const writev = (chunks, callback) => {
  t('v.writev', chunks.map(({ chunk }) => chunk), chunks.map(({ encoding }) => encoding));
  callback();
};
const v = watch(new stream.Writable({ writev }), 'v');
v.write('alone', cb('v.alone'));
v.cork();
v.cork();
v.write('one', cb('v.one'));
v.write('two', 'latin1', cb('v.two'));
v.uncork();
t('v.corked', v.writableCorked, v.writableLength);
v.uncork();
t('v.corked', v.writableCorked, v.writableLength);
v.cork();
v.write('three');
v.end('four', cb('v.end'));
t('v.corked', v.writableCorked);
const w = watch(sink('w'), 'w');
w.cork();
w.write('one');
w.write('two');
process.nextTick(() => w.uncork());
const d = watch(new stream.Writable({ decodeStrings: false, writev }), 'd');
d.setDefaultEncoding('latin1');
d.cork();
d.write('one');
d.write('two', 'utf8');
d.write(Buffer.from('three'));
d.uncork();
