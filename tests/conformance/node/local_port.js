'use strict';

// localAddress and localPort together: what the peer sees, and what an error says.

const net = require('node:net');

const { CLOSED_PORT, HOST, message, serve, t, watch } = require('./tracer.js');

// A port that has just been free.
const taken = serve(() => {}, (local) => taken.close(() => {
  const server = serve((socket) => {
    t('S.remote', socket.remoteAddress, socket.remotePort);
    socket.end();
    server.close();
  }, (port) => {
    const options = { host: HOST, localAddress: HOST, localPort: local };
    const client = watch(net.connect({ ...options, port }), 'C', ['connect', 'close']);
    client.resume();
    client.on('connect', () => t('C.local', client.localAddress, client.localPort));
    client.on('close', () => {
      const other = { localAddress: '127.0.0.9', localPort: local };
      const refused = net.connect({ host: HOST, ...other, port: CLOSED_PORT });
      refused.on('error', (err) => {
        t('refused.error', message(err), { address: err.localAddress, port: err.localPort });
      });
    });
  });
}));
