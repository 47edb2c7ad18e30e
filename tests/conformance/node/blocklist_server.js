'use strict';

// A server with a block list: the client connects, and sees the end; nobody else hears of it.

const net = require('node:net');

const { HOST, serve, watch } = require('./tracer.js');

const blockList = new net.BlockList();
blockList.addSubnet('127.0.0.0', 8);

const server = serve(() => {}, (port) => {
  watch(server, 'srv', ['connection', 'drop', 'error', 'close']);
  const client = watch(net.connect(port, HOST), 'C');
  client.resume();
  client.on('close', () => {
    // A rule less counts at once.
    blockList.removeSubnet('127.0.0.0', 8);
    const second = watch(net.connect(port, HOST), 'C2');
    second.resume();
    server.on('connection', (peer) => peer.end());
    second.on('close', () => server.close());
  });
}, { blockList });
