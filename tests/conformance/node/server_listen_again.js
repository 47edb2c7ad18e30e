'use strict';

// A server that has closed listens again, with its listeners, and counts from zero.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

let rounds = 0;
const server = serve((socket) => {
  rounds += 1;
  t('srv.connection', rounds);
  socket.end();
  socket.resume();
  server.close(() => {
    server.getConnections((err, count) => t('srv.count', count));
    if (rounds < 2) server.listen(0, HOST);
  });
}, () => connect());
const connect = () => net.connect(server.address().port, HOST).resume();
server.on('listening', () => { if (rounds > 0) connect(); });
watch(server, 'srv', ['listening', 'close']);
