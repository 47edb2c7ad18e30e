'use strict';

// A write by hand into a destination that is held back by its reader: it keeps its place.

const net = require('node:net');

const { HOST, serve, settle, t } = require('./tracer.js');

const SIZE = 10_000_000;
let client;
const server = serve((socket) => {
  socket.pipe(socket, { end: false });
  settle(() => {
    socket.write('!', (err) => t('S.written', err));
    t('S.state', { bytesWritten: socket.bytesWritten <= socket.bytesRead + 1 });
    client.resume();
  }, 30);
  socket.on('end', () => socket.end());
  server.close();
}, (port) => {
  client = net.connect(port, HOST);
  let marks = 0;
  client.on('data', (chunk) => { for (const byte of chunk) if (byte === 33) marks += 1; });
  client.on('end', () => t('C.end', client.bytesRead, { marks }));
  client.pause();
  client.end(Buffer.alloc(SIZE));
}, { allowHalfOpen: true });
