/* SPDX-License-Identifier: MIT
 *
 * One connection of the load: how it is made and ended, and how bytes travel
 * over it, whether it is a stream, a datagram socket or TLS.
 */

#ifdef __linux__

#define _GNU_SOURCE

#include "_load.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

/* Surely sent as one on loopback. */
#define SEGMENT 16384


int connection_watch(load_t* load, connection_t* c, uint32_t events) {
  struct epoll_event event;

  if (c->events == events)
    return 0;
  event.events = events;
  event.data.u32 = (uint32_t) (c - load->connections);
  if (epoll_ctl(load->epoll, c->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
                c->fd, &event))
    return fail(load, c, FAULT_SYSTEM, errno, "epoll_ctl");
  c->events = events;
  return 0;
}


void connection_end(load_t* load, connection_t* c) {
  if (c->state == OPEN)
    load->open--;
  if (c->session != NULL)
    tls_session_free(load->tls, c->session);
  c->session = NULL;
  if (c->fd != -1)
    close(c->fd); /* Which takes it out of the epoll set, too. */
  c->fd = -1;
  c->events = 0;
  c->state = ENDED;
}


/* Without TIME_WAIT, of which many would use up the ports. */
void connection_reset(load_t* load, connection_t* c) {
  struct linger now = { .l_onoff = 1, .l_linger = 0 };

  setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  connection_end(load, c);
}


/* Says to the server that nothing more will come. */
void connection_shutdown(load_t* load, connection_t* c) {
  if (c->session != NULL)
    tls_shutdown(load->tls, c->session);
  shutdown(c->fd, SHUT_WR);
}


/* A connection that is alone is waited for in recv(), for a short while. */
static int make_blocking(load_t* load, connection_t* c) {
  struct timeval wait = { .tv_usec = ALONE_WAIT / 1000 };

  if (fcntl(c->fd, F_SETFL, 0) ||
      setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)))
    return fail(load, c, FAULT_SYSTEM, errno, "setsockopt SO_RCVTIMEO");
  return 0;
}


static int opened(load_t* load, connection_t* c) {
  if (load->alone && make_blocking(load, c))
    return -1;
  c->state = OPEN;
  load->open++;
  if (connection_watch(load, c, EPOLLIN))
    return -1;
  return load->kind->opened == NULL ? 0 : load->kind->opened(load, c);
}


static int handshake(load_t* load, connection_t* c) {
  switch (tls_handshake(load->tls, c->session)) {
    case TLS_DONE:
      return opened(load, c);
    case TLS_WANT_READ:
      return connection_watch(load, c, EPOLLIN);
    case TLS_WANT_WRITE:
      return connection_watch(load, c, EPOLLOUT);
    default:
      return fail(load, c, FAULT_CONNECT, errno, "TLS handshake");
  }
}


static int connected(load_t* load, connection_t* c) {
  int on;

  /* One message alone that is one segment is not held back. */
  if (load->address.ss_family != AF_UNIX && !load->datagrams &&
      !(load->kind->reconnects && load->size <= SEGMENT)) {
    on = 1;
    if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
      return fail(load, c, FAULT_SYSTEM, errno, "setsockopt TCP_NODELAY");
  }
  if (!load->secure)
    return opened(load, c);

  c->session = tls_session_new(load->tls, c->fd);
  if (c->session == NULL)
    return fail(load, c, FAULT_SYSTEM, 0, "OpenSSL made no session");
  c->state = HANDSHAKING;
  return handshake(load, c);
}


/* On loopback the connection is commonly made by now: so the message is sent
 * without asking, which spares three system calls.
 */
static int send_early(load_t* load, connection_t* c) {
  ssize_t n;

  n = connection_send(load, c, load->requests.bytes + c->position,
                      load->requests.run);
  if (n == -1 && errno == EAGAIN)
    return connection_watch(load, c, EPOLLOUT);
  if (n == -1)
    return fail(load, c, FAULT_CONNECT, errno, "connect");
  c->position = table_wrap(&load->requests, c->position + (size_t) n);
  c->unsent -= (size_t) n;
  return connected(load, c);
}


/* Begins to connect. If the server's backlog is full, which only Unix sockets
 * say, the connection stays UNOPENED and counts as refused, to be tried again
 * in a moment; a TCP connect waits in the kernel instead.
 */
int connection_open(load_t* load, connection_t* c) {
  if (c->fd == -1) {
    c->fd = socket(load->address.ss_family,
                   SOCK_NONBLOCK | SOCK_CLOEXEC |
                       (load->datagrams ? SOCK_DGRAM : SOCK_STREAM),
                   0);
    if (c->fd == -1)
      return fail(load, c, FAULT_SYSTEM, errno, "socket");
  }
  c->state = UNOPENED;
  if (connect(c->fd, (struct sockaddr*) &load->address, load->address_len) == 0)
    return connected(load, c);
  if (errno == EAGAIN) {
    load->refused++;
    return 0;
  }
  if (errno != EINPROGRESS && errno != EINTR)
    return fail(load, c, FAULT_CONNECT, errno, "connect");
  c->state = CONNECTING;
  if (load->kind->reconnects && !load->secure)
    return send_early(load, c);
  return connection_watch(load, c, EPOLLOUT);
}


/* An event has come for a connection that is not open yet. */
int connection_advance(load_t* load, connection_t* c) {
  socklen_t len;
  int err;

  if (c->state == HANDSHAKING)
    return handshake(load, c);
  err = 0;
  len = sizeof(err);
  if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len))
    err = errno;
  if (err != 0)
    return fail(load, c, FAULT_CONNECT, err, "connect");
  return connected(load, c);
}


/* As send(2). */
ssize_t connection_send(load_t* load, connection_t* c, const void* data,
                        size_t size) {
  ssize_t n;

  if (c->session != NULL)
    return tls_send(load->tls, c->session, data, size);
  do
    n = send(c->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (n == -1 && errno == EINTR);
  return n;
}


/* As recv(2) into load->buffer. Waits only while load->waiting. */
ssize_t connection_recv(load_t* load, connection_t* c) {
  ssize_t n;

  if (c->session != NULL)
    return tls_recv(load->tls, c->session, load->buffer, load->buffer_size);
  do
    n = recv(c->fd, load->buffer, load->buffer_size,
             load->waiting ? 0 : MSG_DONTWAIT);
  while (n == -1 && errno == EINTR);
  return n;
}

#endif /* __linux__ */
