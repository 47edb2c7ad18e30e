'use strict';

// Everything waits for _construct().

const { all, cb, nt, settle, stream, t, watch } = require('./tracer.js');

const d = watch(new stream.Duplex({
  construct(callback) { t('d.construct'); settle(() => { t('d.constructed'); callback(); }); },
  read() { t('d.read'); this.push('r'); this.push(null); },
  write(chunk, encoding, callback) { t('d.write', chunk); callback(); },
  final(callback) { t('d.final'); callback(); },
}), 'd', all);
d.write('w', cb('d.w'));
d.end(cb('d.end'));
nt('-.tick');
const e = watch(new stream.Writable({
  construct(callback) { settle(() => callback(new Error('construct'))); },
}), 'e');
e.write('w', cb('e.w'));
const f = watch(new stream.Readable({
  construct(callback) { settle(() => { t('f.constructed'); callback(); }); },
  destroy(err, callback) { t('f.destroy', err); callback(err); },
}), 'f');
f.destroy(new Error('early'));
t('f.state', f.destroyed, f.closed);
const g = watch(new stream.Readable({ read() {}, construct(callback) { callback(); callback(); } }), 'g');
