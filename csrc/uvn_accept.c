/* SPDX-License-Identifier: MIT
 *
 * Accepting: a listener that no error makes deaf and no error makes spin.
 *
 * libuv tells nobody when accept4() fails. On Linux its core.c is therefore
 * compiled with accept4 renamed to uvn__accept4() below, which sees the error
 * and does what libuv would do about it, and more.
 */

#include "uvn_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

/* The pause after errors that repeat, in milliseconds. It doubles; its end is
 * short enough for a client to be served soon after the shortage is over. */
#define UVN_PAUSE_MIN 5
#define UVN_PAUSE_MAX 500

/* Connections that are shed in one go, or closed for their address; the rest in
 * the next turn. */
#define UVN_SHED_MAX 256

struct uvn_listener_s {
  uvn_stream_t* server;
  uvn_connection_cb cb;
  uvn_timer_t pause;
  unsigned pause_ms;  /* The next pause; 0 while all is well. */
};


uvn_listener_t* uvn__listener_of(const uvn_stream_t* stream) {
  return stream->roles != NULL ? stream->roles->listener : NULL;
}


#ifndef __linux__

/* Whether the connection that was accepted is from a blocked address. On Linux
 * uvn__accept4() has found out already, without another system call. */
static int uvn__is_blocked(uv_stream_t* handle) {
  uvn_block_list_t* list = ((uvn_stream_t*) handle)->roles->block_list;
  struct sockaddr_storage peer;
  socklen_t length = sizeof(peer);

  if (list == NULL ||
      getpeername(handle->accepted_fd, (struct sockaddr*) &peer, &length) ||
      !uvn_block_list_check(list, (struct sockaddr*) &peer))
    return 0;
  UVN_LOOP(handle)->blocked_accepts++;
  return 1;
}

#endif  /* !__linux__ */


static void uvn__on_connection(uv_stream_t* handle, int status) {
  uvn_stream_t* server = (uvn_stream_t*) handle;
  uvn_listener_t* listener = server->roles->listener;

  if (status == 0)
    listener->pause_ms = 0;
#ifndef __linux__
  if (status != 0 || !uvn__is_blocked(handle))
#endif
    listener->cb(server, status);
  UVN_LOOP(handle)->peer_fd = -1;

  /* Not accepted. libuv would stop listening until it is; nobody will. */
  if (handle->accepted_fd != -1) {
    uv__close(handle->accepted_fd);
    handle->accepted_fd = -1;
  }
}


int uvn_listen(uvn_stream_t* server, int backlog, uvn_connection_cb cb) {
  uvn_loop_t* loop = UVN_LOOP(&server->u.handle);
  uvn_listener_t* listener = uvn__listener_of(server);
  uv_stream_t* handle = &server->u.stream;
  int err;

  /* From here on libuv accepts whatever the event: what is in flight would
   * never end. */
  if (handle->connect_req != NULL || handle->shutdown_req != NULL ||
      handle->write_queue_size != 0 || (handle->flags & UV_HANDLE_READING))
    return UV_EINVAL;

  if (uv__is_closing(&server->u.handle))
    return UV_EINVAL;
  if (uvn__roles(server) == NULL)
    return UV_ENOMEM;
  if (listener == NULL) {
    listener = calloc(1, sizeof(*listener));
    if (listener == NULL)
      return UV_ENOMEM;
    listener->server = server;
  }

  err = uv_listen(handle, backlog, uvn__on_connection);
  if (err) {
    if (server->roles->listener == NULL)
      free(listener);
    return err;  /* One that was at work goes on. */
  }
  uvn_timer_stop(loop, &listener->pause);
  listener->pause_ms = 0;
  listener->cb = cb;
  server->roles->listener = listener;
  /* An adopted descriptor has set them. */
  handle->flags &= ~(UV_HANDLE_READABLE | UV_HANDLE_WRITABLE);
  uvn__claim_fd(loop, &handle->io_watcher);
  return 0;
}


void uvn__listener_close(uvn_stream_t* server) {
  uvn_listener_t* listener = uvn__listener_of(server);

  if (listener == NULL)
    return;
  uvn_timer_stop(UVN_LOOP(&server->u.handle), &listener->pause);
  free(listener);
  server->roles->listener = NULL;
}


int uvn_accept(uvn_stream_t* server, uvn_stream_t* client) {
  uvn_loop_t* loop = UVN_LOOP(&server->u.handle);
  int err;

  err = uv_accept(&server->u.stream, &client->u.stream);
  if (err == UV_EAGAIN)
    return err;  /* There is no connection to accept. */
  if (err) {
    loop->accept_errors++;
    /* libuv may have set them before it failed, and would then abort when the
     * client, without a descriptor, is read. */
    if (uv__stream_fd(&client->u.stream) == -1)
      client->u.handle.flags &= ~(UV_HANDLE_READABLE | UV_HANDLE_WRITABLE);
    return err;
  }
  uvn__claim_fd(loop, &client->u.stream.io_watcher);
  return 0;
}


#ifdef __linux__

static void uvn__reserve(uv_loop_t* loop) {
  if (loop->emfile_fd == -1)
    loop->emfile_fd = uv__open_cloexec("/dev/null", O_RDONLY);
  if (loop->emfile_fd < 0)
    loop->emfile_fd = -1;
}


static void uvn__resume(uvn_timer_t* timer) {
  uvn_listener_t* listener = UVN_CONTAINER_OF(timer, uvn_listener_t, pause);
  uv_stream_t* handle = &listener->server->u.stream;

  uvn__reserve(handle->loop);
  if (uvn__fd_is_anothers(UVN_LOOP(handle), &handle->io_watcher)) {
    listener->cb(listener->server, UV_EBADF);
    return;
  }
  uv__io_start(handle->loop, &handle->io_watcher, POLLIN);
}


/* A listener is level-triggered: while the error lasts, so does the event. */
static void uvn__pause(uvn_loop_t* loop, uvn_listener_t* listener) {
  unsigned ms = 2 * listener->pause_ms;

  if (ms < UVN_PAUSE_MIN)
    ms = UVN_PAUSE_MIN;
  if (ms > UVN_PAUSE_MAX)
    ms = UVN_PAUSE_MAX;
  listener->pause_ms = ms;
  if (uvn_timer_start(loop, &listener->pause, uv_hrtime() + ms * 1000000ull,
                      uvn__resume) == 0) {
    uvn_timer_set_ref(loop, &listener->pause, 0);
    uv__io_stop(&loop->uv, &listener->server->u.stream.io_watcher, POLLIN);
  }
}


/* Out of descriptors. A client left in the backlog would hang; with the
 * reserve given up for a moment it can be accepted and told, by a close. */
static int uvn__shed(uvn_loop_t* loop, int fd) {
  int refused = 0;
  int peer;

  if (loop->uv.emfile_fd == -1)
    return 0;
  uv__close(loop->uv.emfile_fd);
  loop->uv.emfile_fd = -1;
  while (refused < UVN_SHED_MAX) {
    peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (peer == -1 && errno == EINTR)
      continue;
    if (peer == -1)
      break;
    uv__close(peer);
    refused++;
  }
  uvn__reserve(&loop->uv);
  loop->refused_accepts += refused;
  return refused;
}


static uvn_listener_t* uvn__find_listener(uvn_loop_t* loop, int fd) {
  uv__io_t* w;

  if (loop == NULL || (unsigned) fd >= loop->uv.nwatchers)
    return NULL;
  w = loop->uv.watchers[fd];
  if (w == NULL || uv__io_cb_get(w) != UV__SERVER_IO)
    return NULL;
  return uvn__listener_of(
      (uvn_stream_t*) UVN_CONTAINER_OF(w, uv_stream_t, io_watcher));
}


/* accept4, past the clients that a block list forbids: they are closed. Notes
 * the peer's address, which nobody can ask for once the peer is gone. */
static int uvn__accept_allowed(uvn_loop_t* loop, int fd, int flags,
                               const uvn_block_list_t* list) {
  struct sockaddr* addr = (struct sockaddr*) &loop->peer;
  int blocked;
  int peer;

  for (blocked = 0; blocked < UVN_SHED_MAX; blocked++) {
    loop->peer_length = sizeof(loop->peer);
    peer = accept4(fd, addr, &loop->peer_length, flags);
    if (peer == -1 || list == NULL || !uvn_block_list_check(list, addr)) {
      loop->peer_fd = peer;
      return peer;
    }
    uv__close(peer);
    loop->blocked_accepts++;
  }
  errno = EAGAIN;
  return -1;
}


int uvn__accept4(int fd, struct sockaddr* addr, socklen_t* length, int flags);

int uvn__accept4(int fd, struct sockaddr* addr, socklen_t* length, int flags) {
  uvn_listener_t* listener = uvn__find_listener(uvn__current, fd);
  uvn_block_list_t* list;
  int attempts;
  int peer;

  list = listener != NULL ? listener->server->roles->block_list : NULL;
  /* Twice: many errors concern one connection only, or are over at once. */
  for (attempts = 0; attempts < 2; attempts++) {
    if (listener == NULL)
      peer = accept4(fd, addr, length, flags);
    else
      peer = uvn__accept_allowed(uvn__current, fd, flags, list);
    if (peer != -1 || errno == EAGAIN || errno == EINTR)
      return peer;
  }

  if (listener == NULL)
    return -1;
  uvn__current->accept_errors++;
  if ((errno != EMFILE && errno != ENFILE) || uvn__shed(uvn__current, fd) == 0)
    uvn__pause(uvn__current, listener);
  errno = EAGAIN;  /* Dealt with: libuv need not. */
  return -1;
}

#endif  /* __linux__ */
