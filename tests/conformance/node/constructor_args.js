'use strict';

// What the constructors, the setters and write() refuse at once.

const net = require('node:net');

const { attempt, t } = require('./tracer.js');

const socket = new net.Socket();
attempt('- listener', () => net.createServer(0));
attempt('- high_water_mark', () => new net.Server({ highWaterMark: 'x' }));
attempt('- server_delay', () => new net.Server({ keepAliveInitialDelay: 'x' }));
attempt('- fd_negative', () => new net.Socket({ fd: -1 }));
attempt('- fd_text', () => new net.Socket({ fd: 'x' }));
attempt('- fd_closed', () => new net.Socket({ fd: 4242 }));
attempt('- signal', () => new net.Socket({ signal: 'x' }));
attempt('- socket_delay', () => new net.Socket({ keepAliveInitialDelay: 'a' }));
attempt('- type_of_service', () => new net.Socket({ typeOfService: 300 }));
attempt('- set_tos_nan', () => socket.setTypeOfService(NaN));
attempt('- set_tos_large', () => socket.setTypeOfService(256));
attempt('- auto_select', () => net.setDefaultAutoSelectFamily('x'));
attempt('- attempt_zero', () => net.setDefaultAutoSelectFamilyAttemptTimeout(0));
attempt('- attempt_text', () => net.setDefaultAutoSelectFamilyAttemptTimeout('1'));
net.setDefaultAutoSelectFamilyAttemptTimeout(3);
t('- attempt_timeout', net.getDefaultAutoSelectFamilyAttemptTimeout());
attempt('- write_number', () => socket.write(5));
attempt('- write_none', () => socket.write(null));
attempt('- write_dict', () => socket.write({}));
attempt('- write_encoding', () => socket.write('x', 'bogus'));
