'use strict';

// What BoundSocket takes and refuses, and what is left of one that is closed. (v26)

const net = require('node:net');

const { HOST, attempt, t, tempPath } = require('./tracer.js');

const cases = {
  nothing: {},
  host: { host: HOST },
  port_text: { host: HOST, port: '0' },
  only: { host: HOST, ipv6Only: true },
  reuse: { host: HOST, reusePort: true },
  host_name: { host: 'localhost' },
  host_number: { host: 5 },
  port_word: { port: 'x' },
  port_negative: { port: -1 },
  only_number: { ipv6Only: 1 },
  reuse_text: { reusePort: 'x' },
  path_port: { path: 'x', port: 0 },
  path_host: { path: 'x', host: HOST },
  path_number: { path: 5 },
};
for (const name of Object.keys(cases)) {
  attempt(`- ${name}`, () => new net.BoundSocket(cases[name]).close());
}
const failures = {
  foreign: { host: '192.0.2.200' },
  folder: { path: '/no/such/folder/x' },
  long: { path: `/tmp/${'x'.repeat(200)}` },
};
for (const name of Object.keys(failures)) {
  try {
    new net.BoundSocket(failures[name]);
  } catch (err) {
    t(`- ${name}`, err);
  }
}
const bound = new net.BoundSocket({ host: HOST });
const { address, family, port } = bound.address();
t('- address', address, family, { port: port > 0, isPipe: bound.isPipe, fd: bound.fd() >= 0 });
bound.close();
attempt('- address', () => bound.address());
attempt('- fd', () => bound.fd());
attempt('- close', () => bound.close());
attempt('- dispose', () => bound[Symbol.dispose]());
const path = tempPath();
const pipe = new net.BoundSocket({ path });
t('- pipe', pipe.address(), { isPipe: pipe.isPipe });
pipe.close();
t('- gone', { isPipe: pipe.isPipe }, require('node:fs').existsSync(path));
