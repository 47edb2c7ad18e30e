'use strict';

// Writes before a connection that is refused: the one that waits, and the one behind it.

const net = require('node:net');

const { CLOSED_PORT, HOST, t, watch } = require('./tracer.js');

const client = watch(net.connect(CLOSED_PORT, HOST), 'C');
client.write('a', (err) => t('C.written_1', err));
client.write('b', (err) => t('C.written_2', err));
