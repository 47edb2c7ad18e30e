'use strict';

// events.once() of 'connect', of 'data', and of an 'error'.

const events = require('node:events');
const net = require('node:net');

const { CLOSED_PORT, HOST, serve, t, watch } = require('./tracer.js');

const server = serve((socket) => {
  socket.end('x');
  socket.resume();
  server.close();
}, async (port) => {
  const client = watch(net.connect(port, HOST), 'C', ['close']);
  t('C.once', (await events.once(client, 'connect')).length);
  const [chunk] = await events.once(client, 'data');
  t('C.once', chunk);
  await events.once(client, 'close');
  const refused = net.connect(CLOSED_PORT, HOST);
  try {
    await events.once(refused, 'connect');
  } catch (err) {
    t('C.caught', err);
  }
});
