'use strict';

// A socket adopts a BoundSocket: it is not pending, and connects to a literal at once. (v26)

const net = require('node:net');

const { HOST, attempt, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  t('S.remote', { same: socket.remotePort === local });
  socket.end();
  server.close();
}, (port) => {
  const client = watch(new net.Socket({ handle: bound }), 'C');
  const state = () => ({
    pending: client.pending, connecting: client.connecting, readyState: client.readyState,
    address: client.localAddress, same: client.localPort === local,
  });
  t('C.adopted', state());
  client.connect(port, HOST);
  t('C.sync', state());
  client.resume();
  client.on('connect', () => {
    t('C.state', state(), client.autoSelectFamilyAttemptedAddresses);
  });
});
const bound = new net.BoundSocket({ host: HOST });
const local = bound.address().port;
for (const options of [{ localPort: 1 }, { localAddress: HOST }]) {
  const handle = new net.BoundSocket({ host: HOST });
  const other = new net.Socket({ handle });
  attempt('- local', () => other.connect({ port: 1, host: HOST, ...options }));
  other.destroy();
}
