'use strict';
// Node's part of node_net.py, the same as transfer.py: as many bytes as go
// through one connection within this process.
//
//     node --expose-internals transfer.js NAME CONFIG

const net = require('node:net');
const { Spent, serve } = require('./answers.js');

const HOST = '127.0.0.1';
const BACKLOG = 511;

const CHUNKS = {
  utf: (size) => 'ü'.repeat(size / 2),
  asc: (size) => 'x'.repeat(size),
  buf: (size) => Buffer.alloc(size, 'x'),
};
const ENCODINGS = { utf: 'utf8', asc: 'ascii', buf: undefined };

class Transfer {
  constructor(config, done) {
    const size = config.len ?? config.sendchunklen;
    this.chunk = CHUNKS[config.type](size);
    this.size = Buffer.byteLength(this.chunk);
    this.type = config.type;
    this.encoding = ENCODINGS[config.type];
    this.config = config;
    this.done = done;
    this.sent = 0;
    this.received = 0;
    this.over = false;
  }

  start() {
    const spent = new Spent();
    setTimeout(() => {
      const received = { messages: this.received / this.size, bytes: this.received };
      this.measured = { ...received, ...spent.soFar() };
      this.over = true;
      this.end(this.sender);
    }, this.config.dur * 1000);
  }

  finish() {
    this.close();
    this.done({ ...this.measured, sent: this.sent, received: this.received });
  }
}

// -------------------------------------------------------------- raw handles

function bindings() {
  const { internalBinding } = require('internal/test/binding');
  const { constants, ...tcp } = internalBinding('tcp_wrap');
  return { ...tcp, ...internalBinding('stream_wrap'), tcp: constants };
}

function check(err, what) {
  if (err) throw new Error(`${what}: error ${err}`);
}

class RawTransfer extends Transfer {
  constructor(config, done) {
    super(config, done);
    this.uv = bindings();
    this.client = new this.uv.TCP(this.uv.tcp.SOCKET);
    this.handles = [this.client];
  }

  open(onconnection, onconnect) {
    const { TCP, TCPConnectWrap, tcp } = this.uv;
    const listener = new TCP(tcp.SERVER);
    this.handles.push(listener);
    listener.onconnection = (err, server) => {
      check(err, 'accept');
      this.handles.push(server);
      onconnection(server);
    };
    check(listener.bind(HOST, 0), 'bind');
    check(listener.listen(BACKLOG), 'listen');
    const address = {};
    check(listener.getsockname(address), 'getsockname');
    const request = new TCPConnectWrap();
    request.oncomplete = (err) => {
      check(err, 'connect');
      onconnect();
    };
    check(this.client.connect(request, HOST, address.port), 'connect');
  }

  send(handle) {
    this.sender = handle;
    const { WriteWrap } = this.uv;
    const { chunk } = this;
    const put = {
      utf: (request) => handle.writeUtf8String(request, chunk),
      asc: (request) => handle.writeAsciiString(request, chunk),
      buf: (request) => handle.writeBuffer(request, chunk),
    }[this.type];
    const pump = () => {
      while (!this.over && handle.writeQueueSize === 0) {
        const request = new WriteWrap();
        request.oncomplete = onwritten;
        check(put(request), 'write');
        this.sent += this.size;
      }
    };
    const onwritten = (err) => {
      check(err, 'write');
      pump();
    };
    pump();
  }

  // What has been read is not all of an onread's ArrayBuffer: its length is where
  // every handle leaves its results. Negative at the end, which comes without one.
  nread() {
    return this.uv.streamBaseState[this.uv.kReadBytesOrError];
  }

  receive(handle) {
    handle.onread = (data) => {
      if (data) this.received += this.nread();
      else this.finish();
    };
    check(handle.readStart(), 'read');
  }

  echo(handle) {
    const { WriteWrap } = this.uv;
    const onwritten = (err) => check(err, 'write');
    handle.onread = (data) => {
      if (!data) {
        this.end(handle);
        return;
      }
      const request = new WriteWrap();
      request.oncomplete = onwritten;
      check(handle.writeBuffer(request, Buffer.from(data, 0, this.nread())), 'write');
    };
    check(handle.readStart(), 'read');
  }

  end(sender) {
    const request = new this.uv.ShutdownWrap();
    request.oncomplete = (err) => check(err, 'shutdown');
    check(Math.min(sender.shutdown(request), 0), 'shutdown'); // 1: it is done already
  }

  close() {
    for (const handle of this.handles) handle.close();
  }
}

// ------------------------------------------------------------------ sockets

// The least that a socket can be piped into: it counts.
class Sink {
  constructor(transfer) {
    this.transfer = transfer;
    this.writable = true;
  }

  write(chunk) {
    this.transfer.received += chunk.length;
    return true;
  }

  end() {
    this.transfer.finish();
  }

  on() { return this; }

  once() { return this; }

  emit() {}

  prependListener() {}

  removeListener() {}

  listenerCount() { return 0; }
}

class NetTransfer extends Transfer {
  constructor(config, done) {
    super(config, done);
    this.sink = new Sink(this);
    this.sockets = [];
  }

  open(onconnection, onconnect, options) {
    this.server = net.createServer((socket) => {
      this.sockets.push(socket);
      onconnection(socket);
    });
    this.server.listen(0, HOST, () => {
      const { port } = this.server.address();
      const client = net.connect({ port, host: HOST, ...options });
      client.on('connect', () => onconnect(client));
      this.sockets.push(client);
    });
  }

  send(socket) {
    this.sender = socket;
    const { chunk, encoding } = this;
    const flow = () => {
      if (this.over) return;
      this.sent += this.size;
      if (socket.write(chunk, encoding)) process.nextTick(flow);
      else socket.once('drain', flow);
    };
    flow();
  }

  sendCorked(socket) {
    this.sender = socket;
    const { chunk, encoding } = this;
    const send = () => {
      if (this.over) return;
      let count = 1;
      socket.cork();
      while (socket.write(chunk, encoding)) count++;
      socket.uncork();
      this.sent += count * this.size;
    };
    socket.on('drain', send);
    send();
  }

  end(sender) {
    sender.end();
  }

  close() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

const NAMES = {
  tcp_raw_c2s: (config, done) => {
    const transfer = new RawTransfer(config, done);
    transfer.open((server) => {
      transfer.start();
      transfer.receive(server);
    }, () => transfer.send(transfer.client));
  },

  tcp_raw_s2c: (config, done) => {
    const transfer = new RawTransfer(config, done);
    transfer.open((server) => transfer.send(server), () => {
      transfer.receive(transfer.client);
      transfer.start();
    });
  },

  tcp_raw_pipe: (config, done) => {
    const transfer = new RawTransfer(config, done);
    transfer.open((server) => transfer.echo(server), () => {
      transfer.start();
      transfer.receive(transfer.client);
      transfer.send(transfer.client);
    });
  },

  net_c2s: (config, done) => {
    const transfer = new NetTransfer(config, done);
    transfer.open((server) => server.pipe(transfer.sink), (client) => {
      transfer.start();
      transfer.send(client);
    });
  },

  net_s2c: (config, done) => {
    const transfer = new NetTransfer(config, done);
    const options = {};
    if (config.recvbuflen) {
      const buffers = Array.from({ length: 3 }, () => Buffer.alloc(config.recvbuflen));
      let taken = 0;
      const another = () => buffers[++taken % 3];
      options.onread = {
        buffer: config.recvbufgenfn === 'true' ? another : buffers[0],
        callback: (nread) => { transfer.received += nread; },
      };
    }
    transfer.open((server) => transfer.send(server), (client) => {
      transfer.start();
      if (options.onread) client.on('end', () => transfer.finish());
      else client.pipe(transfer.sink);
    }, options);
  },

  net_pipe: (config, done) => {
    const transfer = new NetTransfer(config, done);
    transfer.open((server) => server.pipe(server), (client) => {
      transfer.start();
      transfer.send(client);
      client.pipe(transfer.sink);
    });
  },

  net_c2s_cork: (config, done) => {
    const transfer = new NetTransfer(config, done);
    transfer.open((server) => server.pipe(transfer.sink), (client) => {
      transfer.start();
      transfer.sendCorked(client);
    });
  },
};

const [name, config] = process.argv.slice(2);
const given = JSON.parse(config);
serve({}, ({ seconds }, done) => NAMES[name]({ ...given, dur: seconds }, done));
