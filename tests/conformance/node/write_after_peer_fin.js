'use strict';

// The peer has ended, and so we did ourselves: a write gets EPIPE, and no 'error' after 'close'.

const net = require('node:net');

const { HOST, message, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end();
  server.close();
}, (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('end', () => t('C.state', {
    writable: client.writable, readyState: client.readyState,
  }));
  client.on('close', () => {
    const ok = client.write('x', (err) => t('C.written', err, message(err)));
    t('C.write', ok);
  });
});
