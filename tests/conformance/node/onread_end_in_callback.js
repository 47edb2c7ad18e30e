'use strict';

// onread: end() with data in the callback.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S').write('abcd');
  server.close();
}, (port) => {
  const callback = (size, data) => {
    t('C.onread', data.subarray(0, size));
    client.write(Buffer.from(data.subarray(0, size)));
    if (client.bytesRead === 4) client.end('!');
  };
  const onread = { buffer: Buffer.alloc(2), callback };
  const client = watch(net.connect({ port, host: HOST, onread }), 'C');
});
