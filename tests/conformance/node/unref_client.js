'use strict';

// unref() before connect() is remembered: the client does not keep the program alive.

const net = require('node:net');

const { HOST, atExit, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  t('S.connection');
  socket.unref();
  server.close();
  atExit(() => socket.destroy());
}, (port) => {
  const client = new net.Socket();
  client.unref();
  client.connect(port, HOST, () => t('C.connect'));
  atExit(() => {
    t('C.exit', { destroyed: client.destroyed });
    client.destroy();
  });
});
