'use strict';

// The state of both sides of a socket's stream, event by event.

const net = require('node:net');

const { HOST, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('bye');
  socket.resume();
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  const flags = (event) => t('C.flags', event, {
    readable: client.readable,
    readableEnded: client.readableEnded,
    readableFlowing: client.readableFlowing,
    writable: client.writable,
    writableEnded: client.writableEnded,
    writableFinished: client.writableFinished,
    destroyed: client.destroyed,
    closed: client.closed,
  });
  flags('sync');
  for (const event of ['connect', 'data', 'end', 'prefinish', 'finish', 'close']) {
    client.on(event, () => flags(event));
  }
});
