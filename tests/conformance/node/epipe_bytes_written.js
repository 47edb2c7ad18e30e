'use strict';

// bytesWritten after a write that the kernel refuses.

const net = require('node:net');

const { HOST, serve, settle, t, watch } = require('./tracer.js');

let lives = 2;
const server = serve((socket) => {
  socket.destroy();
  if (--lives === 0) server.close();
}, (port) => {
  for (const [end, data] of [['C1', 'text'], ['C2', Buffer.from('bytes')]]) {
    const client = watch(net.connect({ port, host: HOST, allowHalfOpen: true }), end);
    client.resume();
    client.on('end', () => {
      client.write('x');
      settle(() => client.write(data));
    });
    client.on('close', () => t(`${end}.state`, { bytesWritten: client.bytesWritten }));
  }
});
