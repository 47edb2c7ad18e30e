'use strict';

// A socket that is not resumed does not see what its peer sends: it is idle.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  watch(socket, 'S').setTimeout(30, () => {
    t('S.state', { bytesRead: socket.bytesRead });
    socket.destroy();
  });
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.on('error', () => {});
  client.write('unread');
}, { pauseOnConnect: true });
