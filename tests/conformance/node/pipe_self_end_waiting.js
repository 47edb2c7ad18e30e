'use strict';

// What a socket that is piped to itself echoes is not read; then the client ends.

const net = require('node:net');

const { HOST, settle, t, tempPath, watch } = require('./tracer.js');

const events = ['end', 'finish', 'error', 'close']; // nothing that keeps a pipe from being spliced
const name = tempPath();
let echo;
const server = net.createServer((socket) => {
  server.close();
  echo = watch(socket, 'S', events);
  echo.pipe(echo, { end: false });
}).listen(name, () => {
  const client = net.connect(name);
  let left = 3;
  const full = () => {
    client.write(Buffer.alloc(30000)); // less than the high-water mark waits in all
    if (echo.bytesRead < 3e5 && echo.writableLength === 0) return settle(full, 1);
    client.end();
    settle(() => {
      t('S.state', { readableEnded: echo.readableEnded, writableEnded: echo.writableEnded });
      t('S.waits', echo.writableLength > 0);
      client.destroy();
    });
  };
  client.on('data', () => {
    left -= 1;
    if (left > 0) return settle(() => client.write('x'));
    client.pause();
    settle(full);
  });
  client.write('x');
});
