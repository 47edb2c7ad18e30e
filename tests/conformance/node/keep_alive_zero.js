'use strict';

// Keep-alive without a delay is keep-alive: the kernel has a timer, with a delay of its own.

const fs = require('node:fs');
const net = require('node:net');

const { HOST, serve, settle, t } = require('./tracer.js');

const hex = (port) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
const timer = (socket) => {
  const ends = [hex(socket.localPort), hex(socket.remotePort)];
  const lines = fs.readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1, -1);
  const sockets = lines.map((line) => line.trim().split(/\s+/));
  const found = sockets.find((words) => words[1].endsWith(ends[0]) && words[2].endsWith(ends[1]));
  return found[5].split(':')[0];
};
const server = serve((socket) => {
  socket.resume();
  server.close();
}, (port) => {
  const client = net.connect(port, HOST);
  client.resume();
  client.on('connect', () => settle(() => {
    t('C.timer', timer(client));
    client.setKeepAlive(true);
    t('C.timer', timer(client));
    client.setKeepAlive(false);
    t('C.timer', timer(client));
    client.end();
  }));
});
