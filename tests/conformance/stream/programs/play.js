'use strict';

// Play programs in Node: node play.js PROGRAMS TRACES. play.py does the same here.

const fs = require('node:fs');
const stream = require('node:stream');

const EVENTS = [
  'end', 'prefinish', 'finish', 'drain', 'pause', 'resume', 'pipe', 'unpipe', 'close',
];
const READS = [
  'readableLength', 'readableFlowing', 'readable', 'readableEnded', 'readableHighWaterMark',
  'readableDidRead', 'readableAborted', 'readableEncoding',
];
const WRITES = [
  'writableLength', 'writable', 'writableNeedDrain', 'writableEnded', 'writableFinished',
  'writableCorked',
];
const CLASSES = { r: stream.Readable, w: stream.Writable, t: stream.Transform, d: stream.Duplex };

function format(value) {
  if (value === undefined || value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value instanceof Error) return value.code ?? value.message;
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value);
}

function later(when, callback) {
  if (when === 'sync') callback();
  else if (when === 'tick') process.nextTick(callback);
  else setImmediate(callback);
}

function make(spec, t) {
  const { name } = spec;
  let left = spec.total;
  const give = (s) => {
    left -= 1;
    if (left >= 0) t(`${name}._push`, s.push(`r${left}`));
    else if (left === -1) s.push(null);
  };
  const options = {
    highWaterMark: spec.mark,
    objectMode: spec.objects,
    autoDestroy: spec.auto_destroy,
  };
  if (spec.construct) {
    options.construct = (callback) => {
      later(spec.construct, () => { t(`${name}._construct`); callback(); });
    };
  }
  if (spec.read) {
    options.read = function(size) {
      t(`${name}._read`, size);
      if (spec.read === 'many') {
        give(this);
        if (left > 0) give(this);
      } else if (spec.read !== 'none') {
        later(spec.read, () => give(this));
      }
    };
  }
  if (spec.kind === 'w' || spec.kind === 'd') {
    options.write = (chunk, encoding, callback) => {
      t(`${name}._write`, chunk);
      later(spec.write, () => callback());
    };
    if (spec.writev) {
      options.writev = (chunks, callback) => {
        t(`${name}._writev`, chunks.map(({ chunk }) => format(chunk)).join('|'));
        later(spec.write, () => callback());
      };
    }
    if (spec.final) {
      options.final = (callback) => {
        t(`${name}._final`);
        later(spec.final, () => callback());
      };
    }
  }
  if (spec.kind === 't') {
    options.transform = function(chunk, encoding, callback) {
      t(`${name}._transform`, chunk);
      if (spec.write === 'double') this.push(chunk);
      later(spec.write === 'double' ? 'sync' : spec.write, () => callback(null, chunk));
    };
    if (spec.flush) {
      options.flush = (callback) => { t(`${name}._flush`); callback(null, 'F'); };
    }
  }
  if (spec.kind === 'd') options.allowHalfOpen = spec.half_open;
  const s = new CLASSES[spec.kind](options).setMaxListeners(0);
  for (const event of EVENTS) s.on(event, () => t(`${name}.${event}`));
  s.on('error', (err) => t(`${name}.error`, err));
  s.onData = (chunk) => t(`${name}.data`, chunk);
  s.onReadable = () => t(`${name}.readable`, s.readableLength);
  return s;
}

function play(program, done) {
  const lines = [];
  const t = (line, ...values) => lines.push([line, ...values.map(format)].join(' '));
  const streams = program.streams.map((spec) => make(spec, t));
  const calls = {
    data: (s) => { s.on('data', s.onData); },
    off_data: (s) => { s.off('data', s.onData); },
    readable: (s) => { s.on('readable', s.onReadable); },
    off_readable: (s) => { s.off('readable', s.onReadable); },
    pause: (s) => { s.pause(); },
    resume: (s) => { s.resume(); },
    read: (s, name, size) => (size === null ? s.read() : s.read(size)),
    push: (s, name, chunk) => s.push(chunk),
    unshift: (s, name, chunk) => s.unshift(chunk),
    encoding: (s, name, encoding) => { s.setEncoding(encoding); },
    pipe: (s, name, other, end) => { s.pipe(streams[other], { end }); },
    unpipe: (s, name, other) => { s.unpipe(streams[other]); },
    cork: (s) => { s.cork(); },
    uncork: (s) => { s.uncork(); },
    write: (s, name, chunk, called) => (
      called ? s.write(chunk, (err) => t(`${name}.written`, err)) : s.write(chunk)
    ),
    end: (s, name, chunk, called) => {
      const args = chunk === null ? [] : [chunk];
      if (called) args.push((err) => t(`${name}.ended`, err));
      s.end(...args);
    },
    state: (s, name) => {
      const kind = name[0];
      const names = [...(kind === 'w' ? [] : READS), ...(kind === 'r' ? [] : WRITES)];
      t(`${name}.state`, ...names.map((property) => s[property]), s.destroyed, s.closed);
    },
  };
  const wait = (turns, callback) => {
    if (turns === 0) callback();
    else setImmediate(wait, turns - 1, callback);
  };
  const step = (index) => {
    if (index === program.steps.length) {
      wait(12, () => {
        streams.forEach((s, i) => calls.state(s, program.streams[i].name));
        done(lines);
      });
      return;
    }
    for (const [call, target, ...args] of program.steps[index]) {
      const { name } = program.streams[target];
      t(`-${call} ${name}`, calls[call](streams[target], name, ...args));
    }
    wait((index % 3) * 2 + 1, () => step(index + 1));
  };
  setImmediate(step, 0);
}

const programs = JSON.parse(fs.readFileSync(process.argv[2]));
const traces = [];
(function next() {
  if (traces.length < programs.length) {
    play(programs[traces.length], (lines) => { traces.push(lines); next(); });
    return;
  }
  const text = traces.map((trace) => JSON.stringify(trace)).join(',\n');
  fs.writeFileSync(process.argv[3], `[\n${text}\n]\n`);
})();
