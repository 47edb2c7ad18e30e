'use strict';

// write() tries the kernel at once; its callback comes in the next tick all the same.

const net = require('node:net');

const { HOST, im, nt, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.resume();
  client.on('connect', () => {
    const ok = client.write('hello', (err) => t('C.written', err));
    t('C.write', ok, {
      bytesWritten: client.bytesWritten, writableLength: client.writableLength,
    });
    nt('C.nt');
    im('C.im');
    client.end();
  });
});
