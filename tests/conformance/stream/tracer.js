'use strict';

// What the scenarios in JavaScript share. tracer.py is the same in Python.

const stream = require('node:stream');

const EVENTS = [
  'data', 'end', 'prefinish', 'finish', 'drain', 'pause', 'resume', 'pipe', 'unpipe', 'error',
  'close',
];

function format(value) {
  if (value === undefined || value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value instanceof Error) return value.code ?? value.message;
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map(format).join(',');
  return String(value);
}

/** Trace a line: what happened, then values. */
const t = (line, ...values) => console.log([line, ...values.map(format)].join(' '));

/** Return a callback that traces its arguments: the error, and `more` others. */
const cb = (line, more = 0) => (...args) => {
  t(line, ...Array.from({ length: 1 + more }, (_, i) => args[i]));
};

/** Trace these events of a stream; return it. Listening to data makes it flow. */
function watch(emitter, end, events = EVENTS.slice(1)) {
  for (const event of events) {
    const arity = event === 'data' || event === 'error' ? 1 : 0;
    emitter.on(event, (...args) => t(`${end}.${event}`, ...args.slice(0, arity)));
  }
  return emitter;
}

const all = EVENTS;
const nt = (line) => process.nextTick(t, line);
const im = (callback) => setImmediate(callback);

/** Call it when what is under way has happened: after some turns of the loop. */
function settle(callback, turns = 20) {
  setImmediate(() => (turns === 1 ? callback() : settle(callback, turns - 1)));
}

/** Call these one after the other, each when what the one before began has happened. */
function steps(...functions) {
  const [first, ...rest] = functions;
  first();
  if (rest.length > 0) settle(() => steps(...rest));
}

/** Trace what a call answers, or the code of what it throws. */
function attempt(line, call) {
  try {
    t(line, call());
  } catch (err) {
    t(line, 'raises', err);
  }
}

/** A Readable that gives only what is pushed. */
const source = (options) => new stream.Readable({ read() {}, ...options });

/** A Writable that traces what it gets, and calls back at once. */
const sink = (end, options) => new stream.Writable({
  write(chunk, encoding, callback) { t(`${end}.write`, chunk); callback(); },
  ...options,
});

module.exports = { all, attempt, cb, im, nt, settle, sink, source, steps, stream, t, watch };
