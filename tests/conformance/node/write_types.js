'use strict';

// What can be written besides text: bytes of every kind.

const net = require('node:net');

const { HOST, collect, serve, t } = require('./tracer.js');

const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.resume();
  client.on('connect', () => {
    client.write(Buffer.from('ab'));
    client.write(new Uint8Array([0x63, 0x64]));
    client.write(new DataView(new Uint8Array([0x65, 0x66]).buffer));
    client.write(Buffer.from('xghx').subarray(1, 3));
    t('C.state', { bytesWritten: client.bytesWritten, writableLength: client.writableLength });
    client.end(Buffer.from('!'));
  });
});
