'use strict';

// close() has removed the path of a pipe when it returns.

const fs = require('node:fs');
const net = require('node:net');

const { t, tempPath } = require('./tracer.js');

const path = tempPath();
const server = net.createServer();
server.listen(path, () => {
  t('srv.listening', { exists: fs.existsSync(path) });
  server.close(() => t('srv.callback', { exists: fs.existsSync(path) }));
  t('srv.sync', { exists: fs.existsSync(path) });
});
