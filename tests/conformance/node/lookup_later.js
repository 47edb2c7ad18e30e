'use strict';

// A lookup that answers later, with one address: then all goes its usual way.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const lookup = (host, options, callback) => {
  t('C.asked', host, { all: options.all ?? false });
  settle(() => callback(null, HOST, 4));
};
const server = serve((socket) => {
  socket.end();
  server.close();
}, (port) => {
  const options = { port, host: 'name.invalid', autoSelectFamily: false, lookup };
  const client = watch(net.connect(options), 'C');
  client.resume();
  t('C.sync', { connecting: client.connecting, readyState: client.readyState });
});
