'use strict';

// Text is written in the encoding that is named, or in the default one.

const net = require('node:net');

const { HOST, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  const received = [];
  socket.on('data', (chunk) => received.push(chunk));
  socket.on('end', () => t('S.received', Buffer.concat(received).toString('hex')));
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.resume();
  client.write('\u20ac|');
  client.write('\u00fc|', 'latin1');
  client.write('7c7c', 'hex');
  client.write('fHw=', 'base64');
  client.write('a|', 'utf16le');
  client.setDefaultEncoding('hex');
  client.write('ff');
  t('C.state', { bytesWritten: client.bytesWritten });
  client.end('00');
});
