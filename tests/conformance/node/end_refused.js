'use strict';

// end() before a connection that is refused: its callback comes after 'close'.

const net = require('node:net');

const { CLOSED_PORT, HOST, t, watch } = require('./tracer.js');

const client = watch(net.connect(CLOSED_PORT, HOST), 'C');
client.end((err) => t('C.end_callback', err));
