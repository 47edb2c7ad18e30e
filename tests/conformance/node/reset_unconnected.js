'use strict';

// resetAndDestroy() without a handle.

const net = require('node:net');

const { watch } = require('./tracer.js');

watch(new net.Socket(), 'C').resetAndDestroy();
