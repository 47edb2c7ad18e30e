'use strict';

// An exception of a 'data' listener beside a pipe.

const net = require('node:net');

const { HOST, collect, serve, traceUncaught, watch } = require('./tracer.js');

traceUncaught('S');
const server = serve((socket) => {
  watch(socket, 'S', ['end', 'finish', 'error', 'close']);
  socket.pipe(socket);
  socket.once('data', () => { throw new Error('in data'); });
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  collect(client, 'C').write('one ');
  client.once('data', () => client.end('two'));
});
