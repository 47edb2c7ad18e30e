'use strict';

// setEncoding(): text, and a character that arrives in two halves.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.write(Buffer.from([0x61, 0xe2, 0x82]));
  settle(() => socket.end(Buffer.from([0xac, 0xe2])));
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.setEncoding('utf8');
  t('C.encoding', client.readableEncoding);
  client.on('data', (chunk) => t('C.data', typeof chunk === 'string', encodeURI(chunk)));
});
