'use strict';

// Two servers on one handle: closing the second closes both's, too.

const net = require('node:net');

const { HOST, settle, t, watch } = require('./tracer.js');

const events = ['listening', 'error', 'close'];
const first = watch(net.createServer(), 'first', events);
const second = watch(net.createServer(), 'second', events);

first.listen(0, HOST, () => {
  const { port } = first.address();
  second.listen(first, () => {
    second.close();
    const client = net.connect(port, HOST);
    client.on('error', (err) => t('C.error', err));
    client.on('close', () => settle(() => first.close()));
  });
});
