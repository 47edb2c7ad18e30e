'use strict';

// Which failures of listen() are published, and when: a host that is not found is none of them.

const dc = require('node:diagnostics_channel');
const net = require('node:net');

const { HOST, attempt, hidePort, t, watch } = require('./tracer.js');

const names = { asyncStart: 'async_start', asyncEnd: 'async_end', error: 'error' };
const ends = new Map();
for (const part of Object.keys(names)) {
  dc.subscribe(`tracing:net.server.listen:${part}`, ({ server, error }) => {
    t(`${ends.get(server)}.${names[part]}`, server.listening, error);
  });
}

function make(name) {
  const server = net.createServer();
  ends.set(server, name);
  return watch(server, name, ['listening', 'error', 'close']);
}

const first = make('first');
first.listen(0, HOST, () => {
  const { port } = first.address();
  hidePort(port);
  attempt('first.again', () => first.listen(1));
  make('taken').on('error', () => first.close()).listen(port, HOST);
  make('descriptor').listen({ fd: 99999 });
  make('unknown').listen(0, 'no-such-host.invalid');
  const wrong = make('wrong');
  attempt('wrong.listen', () => wrong.listen({ port: -1 }));
  const brief = make('brief');
  brief.listen(0);
  brief.close();
});
