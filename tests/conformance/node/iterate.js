'use strict';

// A socket is iterated over until its end, and is destroyed then.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.write('one');
  settle(() => socket.end('two'));
  server.close();
}, async (port) => {
  const client = watch(net.connect(port, HOST), 'C', ['close', 'error']);
  for await (const chunk of client) t('C.chunk', chunk);
  t('C.after', { destroyed: client.destroyed });
});
