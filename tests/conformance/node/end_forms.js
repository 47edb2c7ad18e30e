'use strict';

// The forms of end() and write(), with and without encodings and callbacks.

const net = require('node:net');

const { HOST, collect, serve, t } = require('./tracer.js');

const server = serve((socket) => collect(socket, 'S'), (port) => {
  const forms = [
    (client) => client.end(),
    (client) => client.end(() => t('C1.callback')),
    (client) => client.end('c2'),
    (client) => client.end('c3', () => t('C3.callback')),
    (client) => client.end('6334', 'hex'),
    (client) => client.end('6335', 'hex', () => t('C5.callback')),
    (client) => client.end(Buffer.from('c6'), () => t('C6.callback')),
  ];
  const next = (i) => {
    if (i === forms.length) {
      server.close();
      return;
    }
    const client = net.connect(port, HOST, () => {
      t(`C${i}.end`, forms[i](client) === client);
    });
    client.resume();
    client.on('close', () => next(i + 1));
  };
  next(0);
});
