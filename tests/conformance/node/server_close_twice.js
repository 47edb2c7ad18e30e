'use strict';

// The second close() emits 'close' once more, and its callback gets an error.

const { serve, t, watch } = require('./tracer.js');

const server = serve(() => {}, () => {
  watch(server, 'srv', ['close']);
  server.close((err) => t('srv.callback_1', err));
  server.close((err) => t('srv.callback_2', err));
});
