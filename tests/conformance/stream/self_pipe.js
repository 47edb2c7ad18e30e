'use strict';

// A Duplex piped into itself.

const { im, steps, stream, t, watch } = require('./tracer.js');

const d = watch(new stream.Duplex({
  highWaterMark: 4,
  read() {},
  write(chunk, encoding, callback) { t('d.write', chunk); im(callback); },
}), 'd');
d.pipe(d);
d.push('one');
d.push('two');
d.push('three');
steps(() => {}, () => d.push(null));
