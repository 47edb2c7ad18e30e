'use strict';

// 'timeout' fires while the socket is connecting, and it goes on to connect.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

let answer;
const lookup = (host, options, callback) => { answer = () => callback(null, HOST, 4); };
const server = serve((socket) => {
  socket.end();
  server.close();
}, (port) => {
  const options = { port, host: 'name.invalid', autoSelectFamily: false, lookup };
  const client = watch(net.connect(options), 'C');
  client.resume();
  client.setTimeout(20, () => {
    t('C.state', { connecting: client.connecting, destroyed: client.destroyed });
    client.setTimeout(0);
    answer();
  });
});
