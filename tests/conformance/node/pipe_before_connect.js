'use strict';

// A client that is piped into another before either is connected.

const net = require('node:net');

const { HOST, collect, serve, watch } = require('./tracer.js');

const server = serve((socket) => socket.end('hello'), (port) => {
  const sink = serve((socket) => {
    collect(watch(socket, 'S', ['end', 'finish', 'close']), 'S');
    sink.close();
    server.close();
  }, (sinkPort) => {
    const destination = new net.Socket();
    const source = new net.Socket();
    watch(destination, 'D', ['pipe', 'unpipe', 'connect', 'finish', 'end', 'close']);
    watch(source, 'C', ['connect', 'finish', 'end', 'close']);
    source.pipe(destination);
    destination.connect(sinkPort, HOST);
    destination.resume();
    source.connect(port, HOST);
  });
});
