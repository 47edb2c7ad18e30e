'use strict';

// listen() while it listens is refused; after close() it may be called in the same turn.

const { attempt, serve, t, watch } = require('./tracer.js');

const server = serve(() => {}, () => {
  attempt('srv.listen', () => server.listen(0));
  server.close();
  server.listen(0, () => {
    t('srv.callback');
    server.close();
  });
});
watch(server, 'srv', ['listening', 'close']);
