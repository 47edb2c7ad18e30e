'use strict';

// Two servers on one handle: connections go to the second, and closing the first closes both's.

const net = require('node:net');

const { HOST, hidePort, settle, t, watch } = require('./tracer.js');

const events = ['listening', 'error', 'close'];
const first = watch(net.createServer(() => t('first.connection')), 'first', events);
const second = watch(net.createServer((socket) => socket.end()), 'second', events);
const state = () => ({ first: first.listening, second: second.listening });
second.on('connection', () => t('second.connection'));

first.listen(0, HOST, () => {
  const { port } = first.address();
  hidePort(port);
  second.listen(first);
  t('- listens', { same: first._handle === second._handle }, state());
  const client = watch(net.connect(port, HOST), 'C', ['connect', 'end', 'close']);
  client.resume();
  client.on('close', () => {
    first.close();
    t('- closed', state());
    try {
      second.address();
    } catch (err) {
      t('- address', err);
    }
    settle(() => {
      second.close();
      t('- closed both', state());
    });
  });
});
