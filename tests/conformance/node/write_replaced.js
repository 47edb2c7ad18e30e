'use strict';

// write() that is replaced on a destination is what a pipe calls.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  const { write } = socket;
  socket.write = (chunk, ...rest) => {
    t('S.write', chunk);
    return write.call(socket, chunk, ...rest);
  };
  socket.pipe(socket);
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('data', () => client.end('two'));
  collect(client, 'C').write('one ');
});
