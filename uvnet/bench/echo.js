'use strict';
// An echo server on Node's own net, held against ours. Its listening socket is
// handed down as a descriptor, so that whoever started it knows the address.
//
//     node echo.js data|pipe FD BACKLOG

const net = require('node:net');

const serve = {
  data: (socket) => {
    socket.on('data', (chunk) => { if (!socket.write(chunk)) socket.pause(); });
    socket.on('drain', () => socket.resume());
  },
  pipe: (socket) => socket.pipe(socket),
};

const [mode, fd, backlog] = process.argv.slice(2);
const server = net.createServer((socket) => {
  socket.on('error', () => {}); // a client that has gone is no fault of ours
  serve[mode](socket);
});
server.listen({ fd: Number(fd), backlog: Number(backlog) });
