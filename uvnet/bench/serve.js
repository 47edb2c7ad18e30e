'use strict';
// Servers on Node's own net and http, held against ours. The listening socket
// is handed down as a descriptor, so that whoever started it knows the address.
//
//     node serve.js echo pipe|data FD BACKLOG
//     node serve.js line|sink|source data FD BACKLOG
//     node serve.js http http FD BACKLOG SIZE

const CHUNK = 65536;

function echo(socket) {
  socket.on('data', (chunk) => { if (!socket.write(chunk)) socket.pause(); });
  socket.on('drain', () => socket.resume());
}

function line(socket) {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const all = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    let start = 0;
    for (let end; (end = all.indexOf(10, start)) !== -1; start = end + 1) {
      if (!socket.write(all.subarray(start, end + 1))) socket.pause();
    }
    rest = all.subarray(start);
  });
  socket.on('drain', () => socket.resume());
}

// Answers, at the end of input, how many bytes have arrived.
function sink(socket) {
  let received = 0;
  socket.on('data', (chunk) => { received += chunk.length; });
  socket.on('end', () => {
    const answer = Buffer.alloc(8);
    answer.writeBigUInt64BE(BigInt(received));
    socket.end(answer);
  });
}

const pattern = Buffer.alloc(CHUNK).map((byte, i) => i & 0xff);

// Sends so many bytes for each request of 8 bytes, while the socket takes more.
function source(socket) {
  let unread = Buffer.alloc(0);
  let left = 0;
  let full = false;
  let ended = false;
  const send = () => {
    while (!full) {
      if (left === 0) {
        if (unread.length < 8) break;
        left = Number(unread.readBigUInt64BE());
        unread = unread.subarray(8);
        continue;
      }
      const size = Math.min(left, CHUNK);
      left -= size;
      full = !socket.write(pattern.subarray(0, size));
    }
    if (ended && !full) socket.end();
  };
  socket.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    send();
  });
  socket.on('drain', () => { full = false; send(); });
  socket.on('end', () => { ended = true; send(); });
}

function answer(size) {
  const body = Buffer.alloc(size).map((byte, i) => 97 + i % 26);
  const headers = { 'Content-Type': 'text/plain', 'Content-Length': size };
  return (request, response) => {
    response.writeHead(200, headers);
    response.end(body);
  };
}

function create(service, mode, size) {
  if (service === 'http') {
    // A connection that is idle for long is not to be closed by us.
    return require('node:http').createServer({ keepAliveTimeout: 3600e3 }, answer(size));
  }
  const serve = {
    echo: mode === 'pipe' ? (socket) => socket.pipe(socket) : echo, line, sink, source,
  }[service];
  const allowHalfOpen = service === 'sink' || service === 'source';
  return require('node:net').createServer({ allowHalfOpen }, (socket) => {
    socket.on('error', () => {}); // a client that has gone is no fault of ours
    serve(socket);
  });
}

const [service, mode, fd, backlog, size] = process.argv.slice(2);
create(service, mode, Number(size)).listen({ fd: Number(fd), backlog: Number(backlog) });
