'use strict';

// readableAll and writableAll open the path to everybody.

const fs = require('node:fs');
const net = require('node:net');

const { t, tempPath } = require('./tracer.js');

const path = tempPath();
const server = net.createServer();
server.listen({ path, readableAll: true, writableAll: true }, () => {
  t('srv.mode', (fs.statSync(path).mode & 0o777).toString(8));
  server.close();
});
