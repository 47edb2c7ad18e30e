'use strict';

// Corked writes leave in one _writev, and an uncorked one in a _write.

const net = require('node:net');

const { HOST, collect, serve, t, watch } = require('./tracer.js');

class Spy extends net.Socket {
  _write(chunk, encoding, callback) {
    t('C._write', chunk);
    super._write(chunk, encoding, callback);
  }

  _writev(chunks, callback) {
    t('C._writev', chunks.length);
    super._writev(chunks, callback);
  }
}
const server = serve((socket) => {
  collect(socket, 'S');
  server.close();
}, (port) => {
  const client = watch(new Spy(), 'C');
  client.connect(port, HOST);
  client.resume();
  client.on('connect', () => {
    client.cork();
    client.write('a');
    client.write('b');
    client.write(Buffer.from('c'));
    t('C.corked', { writableLength: client.writableLength, corked: client.writableCorked });
    client.uncork();
    t('C.uncorked', { writableLength: client.writableLength, corked: client.writableCorked });
    client.write(Buffer.from('d'));
    client.cork();
    client.write(Buffer.from('e'));
    client.write(Buffer.from('f'));
    process.nextTick(() => {
      client.uncork();
      client.end();
    });
  });
});
