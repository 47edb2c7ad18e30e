// A server in Node for client.py: node server.js [--port=8000]. Each line comes back in capitals.
'use strict';
const net = require('node:net');
const readline = require('node:readline');
const { parseArgs } = require('node:util');

const { values } = parseArgs({ options: { port: { type: 'string', default: '8000' } } });

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  const lines = readline.createInterface({ input: socket, crlfDelay: Infinity });
  lines.on('line', (line) => socket.write(line.toUpperCase() + '\n'));
  lines.on('close', () => socket.end());
  socket.on('error', (error) => console.log(error.message));
});
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log('listening on', server.address());
});
process.on('SIGINT', () => process.exit());
