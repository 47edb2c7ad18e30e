'use strict';

// Over a path: unpipe() in mid-flow, a 'data' listener, and pipe() once more.

const net = require('node:net');

const { collect, settle, t, tempPath, watch } = require('./tracer.js');

let peer;
const path = tempPath();
const server = net.createServer((socket) => {
  peer = watch(socket, 'S', ['pipe', 'unpipe', 'end', 'finish', 'close']);
  socket.pipe(socket);
  server.close();
});
server.listen(path, () => {
  const client = watch(net.connect(path), 'C');
  client.once('data', () => {
    peer.unpipe(peer);
    client.write(' two');
    peer.once('data', (chunk) => {
      t('S.data', chunk);
      peer.pipe(peer);
      settle(() => client.end(' three'));
    });
    peer.resume();
  });
  collect(client, 'C').write('one');
});
