'use strict';

// A path that is there already is in use, even when nobody listens; it is never removed.

const fs = require('node:fs');
const net = require('node:net');

const { message, t, tempPath, watch } = require('./tracer.js');

const path = tempPath();
fs.writeFileSync(path, '');
const server = watch(net.createServer(), 'srv', ['listening', 'close']);
server.on('error', (err) => {
  t('srv.error', err, message(err), { address: err.address, exists: fs.existsSync(path) });
});
server.listen(path);
