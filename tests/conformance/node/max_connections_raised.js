'use strict';

// maxConnections may change while the server listens.

const net = require('node:net');

const { HOST, serve, settle, t } = require('./tracer.js');

const server = serve((socket) => {
  t('srv.connection');
  socket.resume();
}, (port) => {
  server.maxConnections = 1;
  server.on('drop', () => t('srv.drop'));
  const clients = [];
  const connect = () => {
    clients.push(net.connect(port, HOST));
    clients.at(-1).resume();
  };
  connect();
  settle(() => {
    connect();
    settle(() => {
      server.maxConnections = 2;
      connect();
      settle(() => {
        server.maxConnections = undefined;
        connect();
        settle(() => {
          for (const client of clients) client.destroy();
          server.close();
        });
      });
    });
  });
});
