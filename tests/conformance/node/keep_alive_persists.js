'use strict';

// Options that are set before 'connect' are applied before it, keep-alive in whole seconds.

const net = require('node:net');

const { HOST, serve, t } = require('./tracer.js');

// What the handle was told is what the kernel has: Node cannot ask the kernel.
let told;
const spy = (handle) => {
  const { setKeepAlive, setNoDelay } = handle;
  told = { noDelay: false, keepAlive: false };
  handle.setNoDelay = (enable) => {
    told.noDelay = enable;
    return setNoDelay.call(handle, enable);
  };
  handle.setKeepAlive = (enable, ...times) => {
    told = { noDelay: told.noDelay, keepAlive: enable };
    ['idle', 'interval', 'count'].forEach((name, i) => {
      if (times[i] > 0) told[name] = times[i];
    });
    return setKeepAlive.call(handle, enable, ...times);
  };
};
const client = new net.Socket();
client.setKeepAlive(true, 2500, 3000, 4);
client.setNoDelay();
const server = serve((socket) => {
  socket.end();
  server.close();
}, (port) => {
  client.connect(port, HOST);
  spy(client._handle);
  client.resume();
  client.on('connect', () => {
    t('C.connect', told);
    client.setNoDelay(false);
    client.setKeepAlive(true, 5000, 2000, 3);
    t('C.options', told);
  });
});
