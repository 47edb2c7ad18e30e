'use strict';

// The iteration over a socket whose peer resets raises.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.write('one');
  settle(() => socket.resetAndDestroy());
  server.close();
}, async (port) => {
  const client = watch(net.connect(port, HOST), 'C', ['end', 'error', 'close']);
  try {
    for await (const chunk of client) t('C.chunk', chunk);
  } catch (err) {
    t('C.caught', err, { destroyed: client.destroyed });
  }
});
