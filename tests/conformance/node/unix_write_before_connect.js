'use strict';

// Over a path: writes before 'connect', which comes in a later turn even so.

const net = require('node:net');

const { collect, nt, t, tempPath, watch } = require('./tracer.js');

const path = tempPath();
const server = net.createServer((socket) => {
  collect(socket, 'S');
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C');
  client.resume();
  t('C.write', client.write('ab', () => t('C.written_1')), client.connecting);
  t('C.write', client.write('cd', () => t('C.written_2')), client.bytesWritten);
  client.end();
  nt('C.nt');
});
