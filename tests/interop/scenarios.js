'use strict';
// What Node's end does with its socket: the same as scenarios.py does with ours.
// scenario(socket, report, options); options.first says which of the two ends
// begins, where that is not both.

const { createHash } = require('node:crypto');

const BLOCK = Buffer.alloc(1 << 20, 'the quick brown fox jumps over the lazy dog');

/* Keeps the events in the order they come; neighbours of one name count once. */
function traced(socket, names) {
  const events = [];
  for (const name of names)
    socket.on(name, () => events.at(-1) === name || events.push(name));
  return events;
}

function digest(socket) {
  const found = { bytes: 0, hash: createHash('sha256') };
  socket.on('data', (chunk) => {
    found.bytes += chunk.length;
    found.hash.update(chunk);
  });
  return found;
}

/* Sends so many bytes, as write() and 'drain' allow, and reads the same. */
function transfer(socket, report, { first, size }) {
  const received = digest(socket);
  const sent = createHash('sha256');
  let number = first ? 0 : 1000000, left = size;

  function send() {
    while (left > 0) {
      const block = Buffer.from(BLOCK.subarray(0, Math.min(left, BLOCK.length)));
      block.writeDoubleBE(number++);
      left -= block.length;
      sent.update(block);
      if (!socket.write(block)) return;
    }
    if (!socket.writableEnded) socket.end();
  }

  socket.on('drain', send);
  socket.on('close', (failed) => report({
    failed,
    sent: sent.digest('hex'),
    received: received.hash.digest('hex'),
    bytes: received.bytes,
    bytes_read: socket.bytesRead,
    bytes_written: socket.bytesWritten,
  }));
  send();
}

/* One end sends and reads; the other sends back what comes. */
function echo(socket, report, options) {
  if (options.first) return transfer(socket, report, options);
  socket.pipe(socket);
  socket.on('close', (failed) => report({
    failed,
    bytes_read: socket.bytesRead,
    bytes_written: socket.bytesWritten,
  }));
}

/* The first end asks and ends; the other answers only when it has seen that. */
function half_open(socket, report, { first, size }) {
  const received = digest(socket);
  const events = traced(socket, ['data', 'end', 'finish', 'close']);
  if (first) socket.end('?');
  socket.on('end', () => {
    if (first) return;
    const part = Buffer.alloc(size / 8, '!');
    let parts = 0;
    (function answer() {
      if (parts++ === 8) return socket.end();
      socket.write(part, () => setImmediate(answer));
    })();
  });
  socket.on('close', () => report({ events, bytes: received.bytes }));
}

/* The first end resets the connection as soon as it has heard the other. */
function reset(socket, report, { first }) {
  const events = traced(socket, ['data', 'end', 'error', 'close']);
  let error = null;
  if (!first) socket.write('reset me');
  socket.on('data', () => socket.resetAndDestroy());
  socket.on('error', (err) => { error = [err.code, err.syscall]; });
  socket.on('close', (failed) => report({ events, error, failed }));
}

/* Many small texts at once, both ways. */
function lines(socket, report, { count }) {
  const line = (n) => `${n}: ${'\u00e4\u20ac\u{1d11e}'.repeat(n % 7)}\n`;
  let text = '', written = 0;
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => { text += chunk; });
  for (let n = 0; n < count; n++)
    socket.write(line(n), () => { if (written === n) written++; });
  socket.end();
  socket.on('close', () => {
    const expected = Array.from({ length: count }, (_, n) => line(n)).join('');
    report({ written, right: text === expected, characters: [...text].length });
  });
}

/* The first end writes its parts under a cork. */
function cork(socket, report, { first, count }) {
  const received = digest(socket);
  let chunks = 0;
  socket.on('data', () => chunks++);
  if (first) {
    socket.cork();
    for (let n = 0; n < count; n++) socket.write(`${n},`);
    process.nextTick(() => {
      socket.uncork();
      socket.end();
    });
  }
  socket.on('close', () => report({
    chunks,
    received: received.hash.digest('hex'),
    bytes_written: socket.bytesWritten,
  }));
}

/* The first end loses patience with a peer that falls silent. */
function timeout(socket, report, { first, milliseconds }) {
  const events = traced(socket, ['data', 'timeout', 'end', 'close']);
  let seen = 0;
  socket.on('data', () => seen++);
  if (first) {
    socket.setTimeout(milliseconds, () => socket.end());
  } else {
    let ticks = 0;
    const timer = setInterval(() => {
      socket.write('tick');
      if (++ticks === 5) clearInterval(timer);
    }, milliseconds / 10);
  }
  socket.on('close', (failed) => report({ events, failed, some: seen > 1 }));
}

module.exports = { transfer, echo, half_open, reset, lines, cork, timeout };
