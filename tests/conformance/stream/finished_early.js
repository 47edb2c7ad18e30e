'use strict';

// finished() on streams that are on their way to the end.

const { cb, nt, settle, sink, source, stream, t } = require('./tracer.js');

const end = (name, s, options) => stream.finished(s, options, (err) => t(`${name}.finished`, err));
const a = source();
a.push('x');
a.push(null);
a.on('close', () => t('a.close'));
end('a', a);
settle(() => {
  a.resume();
  const b = source();
  b.on('error', () => t('b.error'));
  b.destroy(new Error('why'));
  end('b', b);
  nt('-.tick');
  const c = sink('c');
  c.on('close', () => t('c.close'));
  c.end(() => {
    t('c.end');
    end('c', c);
  });
  const d = source();
  d.push(null);
  d.on('end', () => { t('d.end'); end('d', d); });
  d.on('close', () => t('d.close'));
  d.resume();
  const e = new stream.Writable({ write(chunk, encoding, callback) { settle(callback); } });
  e.on('finish', () => t('e.finish'));
  e.end('x');
  end('e', e);
  const f = new stream.Writable({ write(chunk, encoding, callback) { settle(callback); } });
  f.write('x');
  f.end(cb('f.end'));
  end('f', f);
  f.destroy();
});
