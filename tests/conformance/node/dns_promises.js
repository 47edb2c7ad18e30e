'use strict';

// What promises resolve to, and what they reject with.

const { promises } = require('node:dns');

const { message, t } = require('./tracer.js');

async function failure(line, start) {
  try {
    t(line, await start());
  } catch (err) {
    t(line, err, err.syscall === undefined ? 'argument' : message(err));
  }
}

async function main() {
  t('- literal', await promises.lookup('127.0.0.1'));
  t('- all', ...await promises.lookup('::1', { all: true }));
  t('- name', await promises.lookup('localhost', { family: 4 }));
  t('- service', ...Object.keys(await promises.lookupService('127.0.0.1', 80)));
  await failure('- no name', () => promises.lookup('a..b'));
  await failure('- empty', () => promises.lookup(''));
  await failure('- family', () => promises.lookup('localhost', { family: 5 }));
  await failure('- no literal', () => promises.lookupService('localhost', 80));
  await failure('- port', () => promises.lookupService('127.0.0.1', -1));
}

main();
t('- sync');
