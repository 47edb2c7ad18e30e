'use strict';

// Writes of a socket that is destroyed before it is connected fail after 'close'.

const net = require('node:net');

const { HOST, serve, t, watch } = require('./tracer.js');

const server = serve(() => t('srv.connection'), (port) => {
  const client = watch(net.connect(port, HOST), 'C');
  client.write('ab', (err) => t('C.written_1', err));
  client.write('cd', (err) => t('C.written_2', err));
  client.destroy();
  client.on('close', () => server.close());
});
