'use strict';

// An exception in the callback of a lookup is nobody's, and the ticks go on.

const dns = require('node:dns');

const { nt, settle, t, traceUncaught } = require('./tracer.js');

function service() {
  nt('- nt in service');
  throw new Error('service');
}

function name() {
  nt('- nt in name');
  settle(() => dns.lookupService('127.0.0.1', 80, service));
  throw new Error('name');
}

function literal() {
  nt('- nt in literal');
  settle(() => dns.lookup('localhost', name));
  throw new Error('literal');
}

traceUncaught('-');
dns.lookup('127.0.0.1', literal);
nt('- nt');
t('- sync');
