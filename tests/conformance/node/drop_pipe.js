'use strict';

// maxConnections of 0 drops everybody; about the peer of a pipe there is nothing to tell.

const fs = require('node:fs');
const net = require('node:net');

const { t, tempPath, watch } = require('./tracer.js');

const path = tempPath();
const server = net.createServer(() => t('srv.connection'));
server.maxConnections = 0;
server.on('drop', (peer) => t('srv.drop', peer));
server.listen(path, () => {
  t('srv.address', server.address());
  const client = watch(net.connect(path), 'C', ['connect', 'ready', 'end', 'finish', 'close']);
  client.resume();
  client.on('close', () => server.close(() => t('srv.closed', { exists: fs.existsSync(path) })));
});
