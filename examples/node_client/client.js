// A client in Node of server.py: node client.js [--port=8000] NUMBER... prints their sum.
'use strict';
const net = require('node:net');
const { parseArgs } = require('node:util');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string', default: '8000' } },
});

let reply = '';
const socket = net.connect(Number(values.port), '127.0.0.1', () => {
  socket.end(JSON.stringify(positionals.map(Number)) + '\n');
});
socket.setEncoding('utf8');
socket.on('data', (text) => { reply += text; });
socket.on('end', () => console.log(JSON.parse(reply).sum));
