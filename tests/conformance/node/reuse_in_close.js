'use strict';

// connect() in 'close' of a socket that was destroyed with an error.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

let connections = 0;
const server = serve((socket) => {
  connections += 1;
  socket.resume();
  if (connections === 2) {
    socket.end('second');
    server.close();
  }
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('connect', () => client.destroy(new Error('first')));
  client.once('close', () => {
    client.connect(port, HOST);
    t('C.state', { errored: client.errored, destroyed: client.destroyed });
    collect(client, 'C');
  });
});
