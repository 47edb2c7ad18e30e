'use strict';

// close() of a server without sockets: 'close' in the next tick, its own callback last.

const { im, nt, serve, t, watch } = require('./tracer.js');

const server = serve(() => {}, () => {
  watch(server, 'srv', ['close']);
  server.close(() => t('srv.callback'));
  t('srv.sync');
  nt('srv.nt');
  im('srv.im');
});
