'use strict';

// connect() after destroy(), before 'close'.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

let connections = 0;
const server = serve((socket) => {
  socket.resume();
  connections += 1;
  if (connections === 2) server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.once('ready', () => settle(() => {
    client.destroy();
    client.connect(port, HOST, () => client.end('x'));
    client.resume();
    settle(() => {
      t('C.state', { writableFinished: client.writableFinished });
      client.destroy();
    });
  }));
});
