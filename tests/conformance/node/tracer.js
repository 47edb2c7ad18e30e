'use strict';

// What the scenarios in JavaScript share. tracer.py is the same in Python.
//
// A trace is one line per event: the end that it belongs to (C the client, S the accepted socket,
// srv the server, - the program), what happened, and what is comparable between the languages.
// Names of Node are printed as Python spells them, and so are null, true and false.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const HOST = '127.0.0.1';
const CLOSED_PORT = 1; // nobody listens there

// How many arguments each event has. undefined, which may be left out here, is None there.
const EVENTS = {
  lookup: 4,
  connectionAttempt: 3,
  connectionAttemptFailed: 4,
  connectionAttemptTimeout: 3,
  connect: 0,
  ready: 0,
  end: 0,
  prefinish: 0,
  finish: 0,
  timeout: 0,
  drain: 0,
  error: 1,
  close: 1,
};
const STATES = { readOnly: 'read_only', writeOnly: 'write_only' };
const CLASSES = { TypeError: 'TypeError', RangeError: 'ValueError', Error: 'RuntimeError' };

const ports = new Set();
const paths = new Set();

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function hide(text) {
  for (const name of paths) text = text.replaceAll(name, 'PATH');
  for (const port of ports) text = text.replace(new RegExp(`\\b${port}\\b`, 'g'), 'P');
  return STATES[text] ?? text;
}

function named(values) {
  return Object.keys(values).map((name) => `${snake(name)}=${format(values[name])}`).join(' ');
}

function format(value) {
  if (value === undefined || value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value instanceof Error) {
    if (value.code === undefined) return value.message;
    return value.syscall === undefined ? value.code : `${value.code}/${value.syscall}`;
  }
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (typeof value === 'object') return named(value) || 'None';
  return hide(String(value));
}

/** Trace a line: what happened, then values; the members of an object print as name=value. */
function t(line, ...values) {
  console.log([line, ...values.map(format)].join(' '));
}

/** Trace these events of an emitter, with those arguments that are not objects; return it. */
function watch(emitter, end, events = Object.keys(EVENTS)) {
  for (const event of events) {
    const none = event === 'close' && !(emitter instanceof net.Socket);
    const arity = none ? 0 : EVENTS[event] ?? 0;
    emitter.on(event, (...args) => {
      t(`${end}.${snake(event)}`, ...Array.from({ length: arity }, (_, i) => args[i]));
    });
  }
  return emitter;
}

/** Listen on a free port of HOST and call ready(port); return the server. */
function serve(listener, ready, options = {}) {
  const server = net.createServer(options, listener);
  return server.listen(0, HOST, () => {
    const { port } = server.address();
    ports.add(port);
    ready(port);
  });
}

/** Hide this port too. */
function hidePort(port) {
  ports.add(port);
}

/** Return a path where there is nothing, in a folder of its own, short enough for a socket. */
function tempPath() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvnet-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true }));
  const name = path.join(folder, 'socket');
  paths.add(name);
  return name;
}

/** Trace what has been received, as a whole, when the socket ends. */
function collect(socket, end) {
  let text = '';
  socket.on('data', (chunk) => { text += chunk.toString('latin1'); });
  socket.on('end', () => t(`${end}.received`, text));
  return socket;
}

/** Trace what a call answers: ok, or the class and code of what it throws. */
function attempt(line, call) {
  try {
    call();
  } catch (err) {
    t(line, CLASSES[err.name], err);
    return;
  }
  t(line, 'ok');
}

/** From now on an exception that nobody catches is traced, and life goes on. */
function traceUncaught(end) {
  process.on('uncaughtException', (err) => t(`${end}.uncaught`, err));
}

const nt = (line) => process.nextTick(t, line);
const im = (line) => setImmediate(t, line);
const later = (ms, callback) => setTimeout(callback, ms);
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Call it when what is under way has happened: after some turns of the loop, however slow. */
function settle(callback, turns = 8) {
  later(5, () => (turns === 1 ? callback() : settle(callback, turns - 1)));
}

/** Call ready(address, done) when connecting to this port there takes for ever. (Linux) */
function blackHole(port, ready) {
  const address = '127.0.0.3';
  const options = `{ port: ${port}, host: '${address}', backlog: 1 }`;
  const code = `net.createServer().listen(${options}, () => process.stdout.write('.'))`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const waiting = [];
  const done = () => {
    for (const socket of waiting) socket.destroy();
    child.kill('SIGKILL');
  };
  const fill = () => {
    const stopped = / T /.test(fs.readFileSync(`/proc/${child.pid}/stat`, 'latin1'));
    if (!stopped) {
      settle(fill);
      return;
    }
    for (let i = 0; i < 8; i += 1) {
      waiting.push(net.connect(port, address).on('error', () => {}));
    }
    settle(() => ready(address, done));
  };
  child.stdout.once('data', () => {
    child.kill('SIGSTOP');
    fill();
  });
}

const atExit = (callback) => process.on('exit', callback);
const message = (err) => err.message;
const reading = (socket) => socket._handle.reading;

module.exports = {
  CLOSED_PORT, HOST, atExit, attempt, blackHole, collect, hidePort, im, later, message, nt, reading,
  serve, settle, sleep, t, tempPath, traceUncaught, watch,
};
