'use strict';

// BoundSockets of paths: a server's and a client's; both paths go with their sockets. (v26)

const fs = require('node:fs');
const net = require('node:net');

const { t, tempPath } = require('./tracer.js');

const path = tempPath();
const ours = tempPath();
const exist = () => ({ server: fs.existsSync(path), client: fs.existsSync(ours) });
const server = net.createServer((socket) => {
  t('S.remote', socket.remoteAddress);
  socket.end('hello');
});
server.listen(new net.BoundSocket({ path }), () => {
  t('srv.address', server.address());
  const client = new net.Socket({ handle: new net.BoundSocket({ path: ours }) });
  t('C.adopted', client.localAddress, { pending: client.pending }, exist());
  client.connect(path);
  client.on('connect', () => t('C.connect', client.localAddress, client.remoteAddress));
  client.on('data', (chunk) => t('C.data', chunk));
  client.on('close', () => {
    t('C.closed', client.localAddress, exist());
    server.close();
    t('srv.closed', exist());
  });
});
