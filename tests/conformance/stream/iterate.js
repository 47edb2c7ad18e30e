'use strict';

// async iteration: to the end, left early, and over streams that fail.

const { settle, source, t, watch } = require('./tracer.js');

async function read(name, iterable, leave) {
  try {
    for await (const chunk of iterable) {
      t(`${name}.chunk`, chunk);
      if (leave === 'break') break;
      if (leave === 'raise') throw new Error('mine');
    }
    t(`${name}.done`);
  } catch (err) {
    t(`${name}.raised`, err);
  }
}
const events = ['end', 'error', 'close'];
const make = (name) => {
  const r = watch(source(), name, events);
  r.push('one');
  r.push('two');
  return r;
};
const a = make('a');
read('a', a);
settle(() => a.push(null));
const b = make('b');
read('b', b, 'break');
const c = make('c');
read('c', c.iterator({ destroyOnReturn: false }), 'break');
settle(() => {
  t('c.read', c.destroyed, c.read());
  c.destroy();
});
const d = make('d');
read('d', d, 'raise');
const e = make('e');
read('e', e);
settle(() => e.destroy());
const f = make('f');
read('f', f);
settle(() => f.destroy(new Error('why')));
const g = make('g');
g.destroy();
read('g', g);
const h = make('h');
h.resume();
h.push(null);
settle(() => read('h', h));
const i = watch(source({ objectMode: true }), 'i', events);
i.push(1);
i.push(0);
i.push('');
i.push(null);
read('i', i);
