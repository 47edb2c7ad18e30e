'use strict';

// What goes through a pipe keeps both its ends from timing out.

const net = require('node:net');

const { HOST, later, serve, t } = require('./tracer.js');

let chunks = 0;
const server = serve((socket) => {
  socket.pipe(socket);
  socket.setTimeout(400);
  socket.on('timeout', () => {
    t('S.timeout', { bytesRead: socket.bytesRead });
    socket.destroy();
  });
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.resume();
  const write = () => {
    client.write('x');
    chunks += 1;
    if (chunks < 6) later(100, write);
  };
  write();
});
