'use strict';

// What identifies the address of a server.

const net = require('node:net');

const { HOST, serve, t, tempPath } = require('./tracer.js');

const first = serve(() => {}, () => {
  t('srv.zero', first._connectionKey);
  const { port } = first.address();
  first.close(() => {
    const second = net.createServer().listen(port, HOST, () => {
      t('srv.port', second._connectionKey);
      second.close();
    });
  });
});
const third = net.createServer().listen(tempPath(), () => {
  t('unix.path', third._connectionKey);
  third.close();
});
