'use strict';

// Wrong arguments.

const dns = require('node:dns');

const { attempt } = require('./tracer.js');

const nothing = () => {};
const lookup = (...args) => () => dns.lookup(...args);
const service = (...args) => () => dns.lookupService(...args);

attempt('- empty', lookup('', nothing));
attempt('- null', lookup(null, nothing));
attempt('- number', lookup(5, nothing));
attempt('- NUL', lookup('a\0b', nothing));
attempt('- callback', lookup('localhost', {}, 5));
attempt('- empty, callback', lookup('', {}, 5));
attempt('- hints', lookup('localhost', { hints: 4096 }, nothing));
attempt('- negative hints', lookup('localhost', { hints: -1 }, nothing));
attempt('- text hints', lookup('localhost', { hints: 'x' }, nothing));
attempt('- family', lookup('localhost', { family: 5 }, nothing));
attempt('- text family', lookup('localhost', { family: '4' }, nothing));
attempt('- all', lookup('localhost', { all: 1 }, nothing));
attempt('- order', lookup('localhost', { order: 'ipv5first' }, nothing));
attempt('- default order', () => dns.setDefaultResultOrder('first'));
attempt('- service, name', service('localhost', 80, nothing));
attempt('- service, number', service(5, 80, nothing));
attempt('- service, port', service('127.0.0.1', 65536, nothing));
attempt('- service, no port', service('127.0.0.1', null, nothing));
attempt('- service, true', service('127.0.0.1', true, nothing));
attempt('- service, text', service('127.0.0.1', 'http', nothing));
attempt('- service, callback', service('127.0.0.1', 80, 5));
