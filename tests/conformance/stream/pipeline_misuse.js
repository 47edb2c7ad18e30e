'use strict';

// What pipeline() raises.

const { attempt, sink, source, stream, t, watch } = require('./tracer.js');

const events = ['end', 'finish', 'error', 'close'];
const reader = (name) => watch(source(), name, events);
const writer = (name) => watch(sink(name), name, events);

const done = writer('done');
done.destroy();
const go = (...streams) => stream.pipeline(...streams, () => {});
attempt('-.none', () => go());
attempt('-.one', () => go(source()));
attempt('-.callback', () => stream.pipeline(source(), sink('w')));
attempt('-.destroyed', () => go(source(), done));
attempt('-.number', () => go(5, sink('w')));
attempt('-.middle', () => go(source(), 5, sink('w')));
attempt('-.returns', () => go(() => 5, sink('w')));
attempt('-.transform', () => go(['x'], () => 5, sink('w')));
attempt('-.plain', () => go(['x'], function* () { yield 'x'; }, sink('w')));
attempt('-.sink', () => go(['x'], () => 5));
t('-.list', go([source(), done.destroyed ? sink('w') : null]) instanceof stream.Writable);
