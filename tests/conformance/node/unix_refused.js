'use strict';

// Over a path: a socket file that nobody listens on any more.

const fs = require('node:fs');
const net = require('node:net');

const { tempPath, watch } = require('./tracer.js');

const path = tempPath();
const server = net.createServer();
server.listen(path, () => {
  fs.renameSync(path, `${path}-moved`);
  server.close(() => watch(net.connect(`${path}-moved`), 'C'));
});
