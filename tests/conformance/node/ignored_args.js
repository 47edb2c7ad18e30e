'use strict';

// Bad arguments.

const net = require('node:net');

const { attempt } = require('./tracer.js');

attempt('- backlog', () => net.createServer().listen({ port: 0, backlog: 'x' }).close());
attempt('- close_callback', () => net.createServer().close('x'));
const socket = (buffer, callback) => new net.Socket({ onread: { buffer, callback } });
attempt('- onread_callback', () => socket(Buffer.alloc(1), 5));
attempt('- onread_buffer', () => socket('x', () => {}));
