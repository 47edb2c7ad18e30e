'use strict';

// A name in Linux's abstract namespace; the addresses of a pipe are empty.

const net = require('node:net');

const { t, watch } = require('./tracer.js');

const name = `\0uvnet-${process.pid}`;
const addresses = (socket) => ({
  local: socket.localAddress, remote: socket.remoteAddress, address: socket.address(),
});
const server = net.createServer((socket) => {
  t('S.state', addresses(socket));
  socket.end();
  socket.resume();
  server.close();
});
server.listen(name, () => {
  t('srv.address', { same: server.address() === name });
  const client = watch(net.connect(name), 'C', ['connect', 'ready', 'end', 'finish', 'close']);
  client.resume();
  client.on('connect', () => t('C.state', addresses(client)));
});
