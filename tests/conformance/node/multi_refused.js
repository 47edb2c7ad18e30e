'use strict';

// Several addresses, all refused: each is tried in turn, and one error tells of all.

const net = require('node:net');

const { CLOSED_PORT, message, t, watch } = require('./tracer.js');

const lookup = (host, options, callback) => {
  t('C.asked', { family: options.family ?? 0, all: options.all, hints: options.hints > 0 });
  callback(null, [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
  ]);
};
const client = watch(net.connect({ port: CLOSED_PORT, host: 'name.invalid', lookup }), 'C');
client.on('error', (err) => {
  t('C.message', message(err).length, err instanceof AggregateError);
  for (const each of err.errors) t('C.each', each, message(each));
  t('C.attempted', client.autoSelectFamilyAttemptedAddresses.join(' '));
});
