'use strict';

// Each write in the callback of the one before it.

const net = require('node:net');

const { HOST, collect, nt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  let n = 0;
  const write = () => {
    n += 1;
    if (n > 3) client.end(() => t('C.end_callback'));
    else client.write(String(n), () => {
      t('C.written', n);
      write();
    });
    nt(`C.nt ${n}`);
  };
  client.on('connect', write);
});
