'use strict';

// 5 MB there and back through a proxy of two pipes, with its counters.

const net = require('node:net');

const { HOST, serve, t } = require('./tracer.js');

const SIZE = 5_000_000;
const backend = serve((socket) => {
  socket.pipe(socket);
  backend.close();
}, (backendPort) => {
  const proxy = serve((inside) => {
    const outside = net.connect({ port: backendPort, host: HOST, allowHalfOpen: true });
    inside.pipe(outside).pipe(inside);
    for (const [socket, end] of [[inside, 'I'], [outside, 'O']]) {
      socket.on('close', (hadError) => t(`${end}.close`, hadError, {
        bytesRead: socket.bytesRead, bytesWritten: socket.bytesWritten,
      }));
    }
    proxy.close();
  }, (port) => {
    const client = net.connect(port, HOST);
    let sum = 0;
    client.on('data', (chunk) => { for (const byte of chunk) sum += byte; });
    client.on('end', () => t('C.end', { sum, bytesRead: client.bytesRead }));
    client.end(Buffer.alloc(SIZE, '0123456789'));
  }, { allowHalfOpen: true });
}, { allowHalfOpen: true });
