'use strict';

// A server adopts a BoundSocket, which is nobody else's then. (v26)

const net = require('node:net');

const { HOST, attempt, hidePort, t, watch } = require('./tracer.js');

const bound = new net.BoundSocket({ host: HOST });
const { port } = bound.address();
hidePort(port);
const server = net.createServer((socket) => socket.end());
watch(server, 'srv', ['listening', 'error', 'close']);
server.listen(bound, () => {
  t('srv.address', server.address());
  attempt('- address', () => bound.address());
  attempt('- close', () => bound.close());
  attempt('- dispose', () => bound[Symbol.dispose]());
  attempt('- listen', () => net.createServer().listen(bound));
  attempt('- socket', () => new net.Socket({ handle: bound }));
  try {
    new net.BoundSocket({ host: HOST, port });
  } catch (err) {
    t('- taken', err);
  }
  const client = watch(net.connect(port, HOST), 'C', ['connect', 'end', 'close']);
  client.resume();
  client.on('close', () => server.close());
});
t('srv.sync', { listening: server.listening });
const second = new net.BoundSocket({ host: HOST });
const other = net.createServer().listen({ handle: second }, () => other.close());
t('- second', { listening: other.listening });
