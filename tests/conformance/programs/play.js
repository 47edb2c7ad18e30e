'use strict';

// Play programs in Node: node play.js PROGRAMS TRACES, a program or a trace a line. play.py does the
// same here. PLAY_JITTER=1 makes every callback and turn of the loop take a random time more.

const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const zlib = require('node:zlib');

const QUIET_TURNS = 6;
const NAGLE = 60; // milliseconds: what an acknowledgement may be late
const COUNTED = ['data', 'readable', 'error', 'drain', 'pause', 'resume', 'finish', 'timeout'];
const JITTER = process.env.PLAY_JITTER !== undefined;

const TEXT = Array.from({ length: 800000 }, (_, i) => (
  String.fromCharCode(33 + (i * 7 + Math.floor(i / 93)) % 90)
)).join('');
const BYTES = Buffer.from(TEXT, 'latin1');
const WIDE = 'a\u00e9\u20ac-'.repeat(300);

const now = () => performance.now();

function jitter() {
  if (!JITTER) return;
  const until = now() + Math.random() * 0.4;
  while (now() < until);
}

function format(value) {
  if (value === undefined || value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value instanceof Error) {
    if (value.code === undefined) return value.message;
    return value.syscall === undefined ? value.code : `${value.code}/${value.syscall}`;
  }
  return { readOnly: 'read_only', writeOnly: 'write_only' }[value] ?? String(value);
}

/** One program: its server, the client, and the sockets that were accepted. */
class Player {
  constructor(program, place, done) {
    this.program = program;
    this.place = place;
    this.done = done;
    this.trace = {}; // lines by end
    this.data = {}; // what has come as 'data' since the last line of an end
    this.count = 0; // of everything that was traced
    this.happened = {}; // events by end
    this.states = {};
    this.written = { C: 0, S: 0 };
    this.accepted = [];
    this.drained = new Set(); // by read(), in this step
    this.lives = 0; // of the client
    this.closed = false;
    this.connected = false;
    this.waited = false; // whether it was told to do anything before 'connect'
    this.stale = false; // whether Node does at the next 'connect' what this life was told to do
    this.aborted = false;
    this.makeServer();
    this.client = this.makeClient();
  }

  // ---------------------------------------------------------------- the trace

  t(end, line, ...values) {
    this.count += 1;
    this.flush(end);
    (this.trace[end] ??= []).push([line, ...values.map(format)].join(' '));
  }

  flush(end) {
    const data = this.data[end];
    if (data === undefined) return;
    delete this.data[end];
    (this.trace[end] ??= []).push(`${data.name} ${data.size} ${data.crc.toString(16)}`);
  }

  /** Adjacent chunks are one line: where they are cut is up to the kernel. */
  chunk(end, name, chunk) {
    this.count += 1;
    const bytes = Buffer.from(chunk);
    if (this.data[end]?.name !== name) {
      this.flush(end);
      this.data[end] = { name, size: 0, crc: 0 };
    }
    this.data[end].size += bytes.length;
    this.data[end].crc = zlib.crc32(bytes, this.data[end].crc);
  }

  // ---------------------------------------------------------------- the ends

  makeServer() {
    const { transport, server } = this.program;
    this.server = net.createServer({
      allowHalfOpen: server.allow_half_open,
      highWaterMark: server.high_water_mark,
      noDelay: server.no_delay,
      pauseOnConnect: server.pause_on_connect,
    });
    this.server.on('connection', (socket) => {
      this.accepted.push(socket);
      socket.end_ = `S${this.accepted.length}`;
      socket.life = 'S';
      this.watch(socket, server);
      this.happen(socket, 'connection');
    });
    this.server.on('close', () => {
      this.serverClosed = true;
      this.t('srv', 'close');
    });
    this.server.on('error', (err) => this.t('srv', 'error', err));
    this.where = transport === 'tcp' ? { host: '127.0.0.1', port: 0 } : { path: this.place };
    this.server.listen(this.where, () => {
      if (transport === 'tcp') this.where.port = this.server.address().port;
      this.step(0);
    });
  }

  makeClient() {
    const { client } = this.program;
    const options = { allowHalfOpen: client.allow_half_open };
    if (client.high_water_mark !== undefined) options.highWaterMark = client.high_water_mark;
    if (client.onread) {
      const [size, made, stop] = client.onread;
      let calls = 0;
      options.onread = {
        buffer: made ? () => Buffer.alloc(size) : Buffer.alloc(size),
        callback: (nread, buffer) => {
          this.chunk('C', 'onread', buffer.subarray(0, nread));
          this.happen(this.client, 'onread');
          calls += 1;
          return calls !== stop;
        },
      };
    }
    if (client.signal) {
      this.controller = new AbortController();
      options.signal = this.controller.signal;
    }
    const socket = new net.Socket(options);
    if (client.no_delay) socket.setNoDelay(true);
    socket.end_ = socket.life = 'C';
    socket.on('connect', () => {
      this.connected = true;
      this.waited = this.stale;
      this.stale = false;
    });
    this.watch(socket, client);
    return socket;
  }

  watch(socket, options) {
    const listeners = socket.listeners_ = {
      data: (chunk) => {
        if (socket.destroyed) return; // porting.md: no 'data' after destroy()
        this.chunk(socket.end_, 'data', chunk);
        this.happen(socket, 'data');
      },
      readable: () => this.event(socket, 'readable', socket.readableLength),
      reads: () => {
        for (let chunk; (chunk = socket.read()) !== null;) this.chunk(socket.end_, 'reads', chunk);
        this.drained.add(socket);
        this.happen(socket, 'reads');
      },
    };
    for (const event of ['pause', 'resume', 'connect', 'ready', 'end', 'prefinish', 'finish',
      'timeout', 'drain']) {
      listeners[event] = () => this.event(socket, event);
    }
    listeners.pipe = () => this.event(socket, 'pipe');
    listeners.error = (err) => this.event(socket, 'error', err);
    listeners.close = (hadError) => this.event(socket, 'closed', hadError);
    for (const event of options.watch) socket.on(event, listeners[event]);
    socket.on('close', (hadError) => {
      if (socket === this.client) this.closed = true;
      socket.piped = false;
      this.event(socket, 'close', hadError);
    });
    if (options.data) socket.on('data', listeners.data);
    if (options.readable) socket.on('readable', listeners.readable);
    if (options.reads) socket.on('readable', listeners.reads);
  }

  event(socket, event, ...values) {
    this.t(socket.end_, event, ...values);
    this.happen(socket, event);
  }

  /** Make the calls that hang on this event. */
  happen(socket, event) {
    jitter();
    const name = `${socket.life}.${event}`;
    const n = this.happened[name] = (this.happened[name] ?? 0) + 1;
    for (const [life, when, nth, calls] of this.program.hooks) {
      if (life === socket.life && when === event && nth === n) {
        this.inside = event;
        for (const call of calls) this.call(call);
        this.inside = undefined;
      }
    }
  }

  // ---------------------------------------------------------------- the calls

  call([end, name, ...args]) {
    if (end === 'srv') {
      this[`server_${name}`]();
      return;
    }
    const socket = end === 'C' ? this.client : this.accepted.at(-1);
    if (socket === undefined) return;
    if (this.forbidden(socket, name)) {
      this.t(socket.end_, `>${name} -`);
      return;
    }
    this.t(socket.end_, `>${name}`);
    if (socket.connecting && ['end', 'write', 'destroy_soon', 'reset_and_destroy'].includes(name)) {
      this.stale = true;
    }
    try {
      const result = this[name](socket, ...args);
      if (result !== undefined) this.t(socket.end_, `=${name}`, result);
    } catch (err) {
      this.t(socket.end_, `!${name}`, err);
    }
  }

  /** Whether a call is left out, for the reason given. */
  forbidden(socket, name) {
    // porting.md: 'end' was on its way when it is destroyed.
    if (name.includes('destroy') && this.drained.has(socket)) return true;
    switch (name) {
      // Of a living socket it is another subject; before 'close', aborted, stale: porting.md.
      case 'connect':
        return ((this.lives > 0 || socket.destroyed) && !this.closed) || this.aborted || this.stale ||
          (socket.destroyed && !this.connected && socket.isPaused()); // stale reads
      case 'pipe': // twice: when one of them ends Node resumes a source that was paused
        return socket.piped;
      case 'reset_and_destroy': // after end() Node leaks the handle: porting.md
        return socket.writableEnded || this.wouldFailInConnect(socket);
      case 'destroy': case 'abort':
        return this.wouldFailInConnect(socket);
      case 'destroy_soon':
        return this.wouldFailInConnect(socket) || this.willBeReset(socket);
      case 'read': // porting.md: no 'data' after destroy(), so more may be left
        return socket.destroyed;
      case 'unshift': // porting.md: Node does not decode it
        return socket.readableEncoding !== null;
      case 'write': case 'end':
        return (socket.writableEnded && this.wouldFailInConnect(socket)) ||
          (name === 'end' && this.willBeReset(socket));
      default:
        return false;
    }
  }

  /** porting.md: how writes fail when the socket is destroyed in 'connect'. */
  wouldFailInConnect(socket) {
    return this.inside === 'connect' && socket === this.client && this.waited;
  }

  willBeReset(socket) { return socket === this.client && this.resetting && !socket.destroyed; }

  connect(socket) {
    this.resetting = false;
    this.lives += 1;
    this.closed = this.connected = false;
    socket.connect(this.where);
  }

  /** What is written, and its encoding. */
  payload(socket, kind, size) {
    const { life } = socket;
    const from = this.written[life] % 100000;
    this.written[life] += size + 7;
    if (kind === 'bytes' || kind === 'bytearray') return [BYTES.subarray(from, from + size)];
    if (['ascii', 'latin1', 'utf8'].includes(kind)) return [TEXT.slice(from, from + size), kind];
    const few = Math.min(size, 200);
    const text = kind === 'wide' || kind === 'utf16le' ? WIDE.slice(0, few) :
      BYTES.subarray(from, from + few).toString(kind);
    const encoding = kind === 'wide' ? 'utf8' : kind;
    // porting.md: the length of a string that waits is not the same.
    if (socket.connecting || socket.writableCorked || socket.writableLength ||
        socket.writableHighWaterMark < 1000) {
      return [Buffer.from(text, encoding)];
    }
    return [text, encoding];
  }

  callback(socket, name, number) {
    return (err) => {
      this.t(socket.end_, `${name}:${number}`, err);
      this.happen(socket, name);
    };
  }

  write(socket, kind, size, number) {
    const args = this.payload(socket, kind, size);
    if (number !== null) args.push(this.callback(socket, 'written', number));
    return socket.write(...args);
  }

  end(socket, kind, size, number) {
    const args = kind ? this.payload(socket, kind, size) : [];
    // porting.md: after destroy() Node never calls it.
    if (typeof number === 'number' && !socket.destroyed) {
      args.push(this.callback(socket, 'ended', number));
    }
    socket.end(...args);
  }

  read(socket, size) {
    const chunk = size === null ? socket.read() : socket.read(size);
    if (chunk === null) return null;
    this.drained.add(socket);
    const bytes = Buffer.from(chunk);
    return `${bytes.length} ${zlib.crc32(bytes).toString(16)}`;
  }

  pause(socket) { socket.pause(); }
  resume(socket) { socket.resume(); }
  cork(socket) { socket.cork(); }
  uncork(socket) { socket.uncork(); }
  ref(socket) { socket.ref(); }
  unref(socket) { socket.unref(); }
  destroy_soon(socket) { socket.destroySoon(); }

  reset_and_destroy(socket) {
    if (socket.connecting) this.resetting = true;
    socket.resetAndDestroy();
  }

  unshift(socket, size) { return socket.unshift(BYTES.subarray(0, size)); }
  set_encoding(socket, encoding) { socket.setEncoding(encoding); }
  set_keep_alive(socket, enable, delay) { socket.setKeepAlive(enable, delay); }
  set_no_delay(socket, enable) { socket.setNoDelay(enable); }

  pipe(socket, end) {
    socket.piped = true;
    socket.pipe(socket, { end });
  }

  unpipe(socket) {
    socket.piped = false;
    socket.unpipe();
  }


  on(socket, event) {
    const listener = socket.listeners_[event];
    if (event === 'reads') event = 'readable';
    // Chunks that come twice cannot be joined.
    if (event !== 'data' || !socket.listeners(event).includes(listener)) socket.on(event, listener);
  }

  off(socket, event) { socket.off(event === 'reads' ? 'readable' : event, socket.listeners_[event]); }

  once(socket, event) {
    socket.once(event, () => {
      if (!socket.destroyed || event !== 'data') this.t(socket.end_, `once ${event}`);
    });
  }

  destroy(socket, failed) {
    if (failed) socket.destroy(Object.assign(new Error('boom'), { code: 'EBOOM' }));
    else socket.destroy();
  }

  abort() {
    this.aborted = true;
    this.controller?.abort();
  }

  set_timeout(socket, ms, called) {
    if (called) socket.setTimeout(ms, () => this.t(socket.end_, 'timed out'));
    else socket.setTimeout(ms);
  }

  server_close() {
    this.t('srv', '>close');
    this.server.close((err) => this.t('srv', 'closed', err));
  }

  server_listen() {
    if (this.over || this.server.listening || !this.serverClosed) return;
    this.serverClosed = false;
    this.server.listen(this.where, () => this.t('srv', 'listening'));
  }

  server_get_connections() {
    this.server.getConnections((err, count) => this.t('srv', 'connections', err, count));
  }

  // ---------------------------------------------------------------- the course

  step(index) {
    const { steps } = this.program;
    this.drained.clear();
    if (index === steps.length + 1) {
      for (const end of Object.keys(this.data)) this.flush(end);
      this.done(this.trace);
      return;
    }
    if (index < steps.length) {
      for (const call of steps[index]) this.call(call);
    } else { // nothing is left over
      this.over = true;
      this.t('C', 'the end');
      for (const socket of [this.client, ...this.accepted]) socket.destroy();
      if (this.server.listening) this.server_close();
    }
    this.settle(() => {
      for (const socket of [this.client, ...this.accepted]) this.state(socket);
      this.step(index + 1);
    });
  }

  /** Trace what has changed since the last time. */
  state(s) {
    const state = {
      destroyed: s.destroyed,
      closed: s.closed,
      connecting: s.connecting,
      pending: s.pending,
      ready_state: s.readyState,
      readable: s.readable,
      writable: s.writable,
      flowing: s.readableFlowing,
      paused: s.isPaused(),
      readable_ended: s.readableEnded,
      readable_length: s.destroyed ? '-' : s.readableLength,
      encoding: s.readableEncoding,
      aborted: s.readableAborted,
      did_read: s.destroyed ? '-' : s.readableDidRead,
      writable_ended: s.writableEnded,
      finished: s.writableFinished,
      need_drain: s.writableNeedDrain,
      corked: s.writableCorked,
      writable_length: s.writableLength,
      read: s.bytesRead,
      written: this.countsWritten(s) ? s.bytesWritten : '-',
      errored: format(s.errored),
      timeout: s.timeout ?? null,
    };
    for (const event of COUNTED) state[`n_${event}`] = s.listenerCount(event);
    const before = this.states[s.end_] ?? {};
    if (before.did_read === '-') state.did_read = '-';
    const changed = Object.keys(state).filter((name) => state[name] !== before[name]);
    this.states[s.end_] = state;
    this.t(s.end_, '@', ...changed.map((name) => `${name}=${format(state[name])}`));
  }

  /** porting.md: what bytesWritten says about writes that failed. */
  countsWritten(s) {
    return !s.destroyed || (!s.errored && (s.life === 'S' || this.connected));
  }

  /** Call it when nothing moves any more. */
  settle(callback) {
    let last = '';
    let turns = 0;
    let since = 0;
    const turn = () => {
      jitter();
      const moved = this.moved();
      if (moved !== last) {
        last = moved;
        turns = 0;
        since = now();
      }
      turns += 1;
      if (turns === QUIET_TURNS && now() - since < this.patience()) {
        turns = 0; // and so many again when it is over: timers may be late
        setTimeout(turn, 1);
      } else if (turns === 2 * QUIET_TURNS) {
        callback();
      } else {
        setImmediate(turn);
      }
    };
    setImmediate(turn);
  }

  moved() {
    const values = [this.count];
    for (const s of [this.client, ...this.accepted]) {
      values.push(s.bytesRead, s.bytesWritten, s.writableLength, s.readableLength, s.connecting);
    }
    return values.join();
  }

  /** How many milliseconds nothing must have moved. */
  patience() {
    const c = this.client;
    const s = this.accepted.at(-1);
    let wait = 0;
    for (const each of [c, ...this.accepted]) {
      if (!each.destroyed && each.timeout > 0) wait = Math.max(wait, each.timeout + 10);
      if (each.connecting) wait = Math.max(wait, 200);
    }
    if (s !== undefined && !c.destroyed && !s.destroyed) {
      for (const [from, to] of [[c, s], [s, c]]) {
        const sent = from.bytesWritten - (from.writableCorked ? from.writableLength : 0);
        if (sent > to.bytesRead && to._handle?.reading) wait = Math.max(wait, NAGLE);
      }
    }
    return wait;
  }
}

const programs = fs.readFileSync(process.argv[2], 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const out = fs.openSync(process.argv[3], 'w');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'uvnet-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true }));
let player;
process.on('uncaughtException', (err) => player.t('-', 'uncaught', err));

let index = 0;
(function next() {
  if (index === programs.length) process.exit(); // whatever Node may leak
  const program = programs[index];
  const place = path.join(folder, `s${index}`);
  index += 1;
  player = new Player(program, place, (trace) => {
    fs.writeSync(out, `${JSON.stringify(trace)}\n`);
    setImmediate(next);
  });
})();
