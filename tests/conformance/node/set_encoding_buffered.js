'use strict';

// setEncoding() decodes what is buffered already, too.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.write(Buffer.from([0x61, 0xc3]));
  settle(() => socket.end(Buffer.from([0xbc, 0x62])));
  socket.resume();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('readable', () => {
    t('C.before', client.readableLength);
    client.setEncoding('utf8');
    t('C.after', client.readableLength);
    client.on('readable', () => t('C.read', encodeURI(client.read())));
  });
});
