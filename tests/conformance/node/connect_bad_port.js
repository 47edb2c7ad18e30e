'use strict';

// The state of a socket whose connect() has raised.

const net = require('node:net');

const { HOST, attempt, t } = require('./tracer.js');

const socket = new net.Socket();
attempt('C.connect', () => socket.connect(65536, HOST));
t('C.state', { connecting: socket.connecting, readyState: socket.readyState });
socket.destroy();
