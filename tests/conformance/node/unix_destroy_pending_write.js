'use strict';

// Over a path: destroy() with 20 MB queued.

const net = require('node:net');

const { im, nt, settle, t, tempPath, watch } = require('./tracer.js');

let peer;
const path = tempPath();
const server = net.createServer({ pauseOnConnect: true }, (socket) => {
  peer = socket;
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C');
  client.on('close', () => peer.destroy());
  client.on('connect', () => {
    client.write(Buffer.alloc(20_000_000), (err) => t('C.written_1', err));
    client.write('b', (err) => t('C.written_2', err));
    settle(() => {
      client.destroy();
      nt('C.nt');
      im('C.im');
    });
  });
});
