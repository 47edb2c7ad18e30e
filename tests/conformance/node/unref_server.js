'use strict';

// An unreferenced server does not keep the program alive.

const { atExit, serve, t } = require('./tracer.js');

const server = serve(() => {}, () => {
  t('srv.unref', { same: server.unref() === server });
  atExit(() => {
    t('srv.exit', { listening: server.listening });
    server.close();
  });
});
