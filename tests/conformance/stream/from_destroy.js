'use strict';

// Destroying a stream closes the generator that feeds it.

const { settle, stream, t, watch } = require('./tracer.js');

function* plain(name) {
  try {
    t(`${name}.start`);
    yield 'one';
    yield 'two';
  } catch (err) {
    t(`${name}.caught`, err);
  } finally {
    t(`${name}.finally`);
  }
}
async function* asynchronous(name) {
  try {
    t(`${name}-start`);
    yield 'one';
    yield 'two';
  } catch (err) {
    t(`${name}.caught`, err);
  } finally {
    t(`${name}.finally`);
  }
}
for (const [name, generator] of [['p', plain], ['q', asynchronous]]) {
  for (const err of [undefined, new Error('why')]) {
    const end = name + (err ? 'e' : 'n');
    const r = watch(stream.Readable.from(generator(end)), end);
    r.once('data', (chunk) => {
      t(`${end}.data`, chunk);
      r.destroy(err);
    });
  }
  const end = `${name}u`;
  const unused = watch(stream.Readable.from(generator(end)), end);
  unused.destroy();
  const custom = watch(stream.Readable.from(generator(`${name}d`), {
    destroy(err, callback) { t(`${name}d.destroy`, err); callback(err); },
  }), `${name}d`);
  custom.read();
  settle(() => custom.destroy());
}
const r = stream.Readable.from(plain('loop'));
(async () => { for await (const chunk of r) { t('loop.chunk', chunk); break; } })();
