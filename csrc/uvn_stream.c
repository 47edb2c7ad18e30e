/* SPDX-License-Identifier: MIT
 *
 * Streams: creation, adoption of descriptors, the read loop, connect, close.
 */

#include "uvn_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>


static void uvn__stream_init(uvn_stream_t* stream) {
  memset((char*) stream + sizeof(stream->u), 0,
         sizeof(*stream) - sizeof(stream->u));
}


int uvn_tcp_init(uvn_loop_t* loop, uvn_stream_t* stream) {
  uvn__stream_init(stream);
  return uv_tcp_init(&loop->uv, &stream->u.tcp);
}


int uvn_pipe_init(uvn_loop_t* loop, uvn_stream_t* stream, int ipc) {
  uvn__stream_init(stream);
  return uv_pipe_init(&loop->uv, &stream->u.pipe, ipc);
}


/* The stream's roles, made if there are none; NULL for want of memory, or if it
 * is closing, for nobody would free them. */
uvn_roles_t* uvn__roles(uvn_stream_t* stream) {
  if (stream->roles == NULL && !uv__is_closing(&stream->u.handle))
    stream->roles = calloc(1, sizeof(*stream->roles));
  return stream->roles;
}


static int uvn__open_check(uvn_stream_t* stream, int fd) {
  uv_loop_t* loop = stream->u.handle.loop;

  if (fd < 0)
    return UV_EBADF;
  if (uv__is_closing(&stream->u.handle))
    return UV_EBADF;
  if (uv__stream_fd(&stream->u.stream) != -1)
    return UV_EBUSY;
  uvn__make_way(UVN_LOOP(&stream->u.handle), fd);
  if (uv__fd_exists(loop, fd))
    return UV_EEXIST;
  return 0;
}


int uvn_tcp_open(uvn_stream_t* stream, int fd) {
  struct sockaddr_storage addr;
  socklen_t length;
  int flags;
  int type;
  int err;

  err = uvn__open_check(stream, fd);
  if (err)
    return err;

  /* libuv takes any descriptor here and fails, or worse, much later. */
  length = sizeof(type);
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length))
    return UV__ERR(errno);
  length = sizeof(addr);
  if (getsockname(fd, (struct sockaddr*) &addr, &length))
    return UV__ERR(errno);
  if (type != SOCK_STREAM ||
      (addr.ss_family != AF_INET && addr.ss_family != AF_INET6))
    return UV_EINVAL;

  flags = fcntl(fd, F_GETFL);
  err = uv_tcp_open(&stream->u.tcp, fd);
  if (err) {
    /* libuv has gone half the way. */
    stream->u.handle.flags &= ~(UV_HANDLE_READABLE | UV_HANDLE_WRITABLE);
    fcntl(fd, F_SETFL, flags);
    return err;
  }
  if (addr.ss_family == AF_INET6)
    stream->u.handle.flags |= UV_HANDLE_IPV6;
  return 0;
}


int uvn_pipe_open(uvn_stream_t* stream, int fd) {
  int err;

  err = uvn__open_check(stream, fd);
  if (err)
    return err;
  /* A regular file cannot be polled; say so now and not by EPERM later. */
  err = uv__io_check_fd(stream->u.handle.loop, fd);
  if (err)
    return err;
  return uv_pipe_open(&stream->u.pipe, fd);
}


/* ------------------------------------------------------------------ read -- */

static inline void uvn__alloc_most(uv_handle_t* handle, size_t most,
                                   uv_buf_t* buf) {
  uvn_stream_t* stream = (uvn_stream_t*) handle;
  uvn_target_t* target = stream->target;

  if (target != NULL && target->on_buffer != NULL) {
    target->asking = 1;
    target->on_buffer(stream);
    *buf = target->buf;
  } else if (target != NULL && target->buf.base != NULL) {
    *buf = target->buf;
  } else {
    buf->base = UVN_LOOP(handle)->scratch.base;
    buf->len = most;
  }
}


void uvn__alloc_scratch(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void) suggested;
  buf->base = UVN_LOOP(handle)->scratch.base;
  buf->len = UVN_READ_SIZE;
}


static void uvn__alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void) suggested;
  uvn__alloc_most(handle, UVN_READ_SIZE, buf);
}


static void uvn__alloc_bulk(uv_handle_t* handle, size_t suggested,
                            uv_buf_t* buf) {
  (void) suggested;
  uvn__alloc_most(handle, UVN_BULK_SIZE, buf);
}


static void uvn__on_read(uv_stream_t* handle, ssize_t nread,
                         const uv_buf_t* buf) {
  uvn_stream_t* stream = (uvn_stream_t*) handle;
  uvn_target_t* target = stream->target;

  if (target != NULL && target->asking) {
    target->asking = 0;
    if (target->stop) {
      target->stop = 0;
      uv_read_stop(handle);
    }
  }
  if (nread == 0)
    return;  /* EAGAIN: a readiness event that was spurious. */
  if (stream->idle != NULL)
    uvn_idle_refresh(UVN_LOOP(handle), stream->idle);
  if (nread > 0)
    stream->bytes_read += nread;
  else
    uv_read_stop(handle);
  stream->on_read(stream, nread, buf->base);
}


static int uvn__read_start(uvn_stream_t* stream, uv_alloc_cb alloc,
                           uvn_read_cb cb) {
  int err;

  if (uvn_splice_of(stream) != NULL)
    return UV_EALREADY;
  if (uvn__fd_is_anothers(UVN_LOOP(&stream->u.handle),
                          &stream->u.stream.io_watcher))
    return UV_EBADF;
  if (stream->target != NULL && stream->target->stop) {
    stream->target->stop = 0;  /* It has not stopped yet. */
    return 0;
  }
  err = uv_read_start(&stream->u.stream, alloc, uvn__on_read);
  if (err == 0)
    stream->on_read = cb;
  return err;
}


int uvn_read_start(uvn_stream_t* stream, uvn_read_cb cb) {
  return uvn__read_start(stream, uvn__alloc, cb);
}


int uvn_read_start_bulk(uvn_stream_t* stream, uvn_read_cb cb) {
  return uvn__read_start(stream, uvn__alloc_bulk, cb);
}


int uvn_read_stop(uvn_stream_t* stream) {
  if (uvn_splice_of(stream) != NULL)
    return 0;  /* It is the splice that reads. */
  if (stream->target != NULL && stream->target->asking) {
    stream->target->stop = 1;  /* libuv is about to read, and to tell of it. */
    return 0;
  }
  return uv_read_stop(&stream->u.stream);
}


/* --------------------------------------------------------------- connect -- */

int uvn__getsockopt(int fd, int level, int name, void* value,
                    socklen_t* length);

/* libuv's stream.c, compiled with getsockopt renamed to this, asks how a
 * connect has ended and takes the answer unseen: without one, it is the error.
 */
int uvn__getsockopt(int fd, int level, int name, void* value,
                    socklen_t* length) {
  int result = getsockopt(fd, level, name, value, length);

  if (result == -1 && level == SOL_SOCKET && name == SO_ERROR)
    *(int*) value = errno;
  return result;
}


int uvn_tcp_connect(uvn_stream_t* stream, uv_connect_t* req,
                    const struct sockaddr* addr, uv_connect_cb cb) {
  int err;

  if (uv__is_closing(&stream->u.handle))
    return UV_EINVAL;  /* libuv would make a socket that nobody closes. */
  if (uvn__listener_of(stream) != NULL)
    return UV_EISCONN;  /* The kernel says so, too, but libuv marks it first. */
  err = uv_tcp_connect(req, &stream->u.tcp, addr, cb);
  if (err == 0)
    uvn__claim_fd(UVN_LOOP(&stream->u.handle), &stream->u.stream.io_watcher);
  return err;
}


int uvn_pipe_connect(uvn_stream_t* stream, uv_connect_t* req,
                     const char* path, size_t length, uv_connect_cb cb) {
  int err;

  if (uv__is_closing(&stream->u.handle))
    return UV_EINVAL;
  if (uvn__listener_of(stream) != NULL)
    return UV_EISCONN;
  if (stream->u.stream.connect_req != NULL)
    return UV_EALREADY;  /* libuv would forget the first request. */
  err = uv_pipe_connect2(req, &stream->u.pipe, path, length,
                         UV_PIPE_NO_TRUNCATE, cb);
  /* libuv opens the stream of a socket that it has just made, but not of one
   * that was bound before. */
  if (err == 0 && stream->u.pipe.delayed_error == 0 &&
      (stream->u.handle.flags & UV_HANDLE_BOUND))
    stream->u.handle.flags |= UV_HANDLE_READABLE | UV_HANDLE_WRITABLE;
  if (err == 0)
    uvn__claim_fd(UVN_LOOP(&stream->u.handle), &stream->u.stream.io_watcher);
  return err;
}


/* ----------------------------------------------------------------- close -- */

static void uvn__before_close(uvn_stream_t* stream) {
  uvn_loop_t* loop = UVN_LOOP(&stream->u.handle);

  uvn__disown_fd(loop, &stream->u.stream.io_watcher);
  uvn__forget_dead(loop, &stream->u.handle);
  uvn_set_block_list(stream, NULL);
  uvn__listener_close(stream);
  uvn__pipe_unlink(stream);
}


/* Only now that the handle counts as closing: the callbacks of splices that
 * feed it may try to close it again, or to start another. */
static void uvn__after_close(uvn_stream_t* stream) {
  if (stream->roles == NULL)
    return;
  uvn__splice_abandon(stream);
  free(stream->roles);
  stream->roles = NULL;
}


void uvn_close(uvn_stream_t* stream, uv_close_cb cb) {
  uvn__before_close(stream);
  uv_close(&stream->u.handle, cb);
  uvn__after_close(stream);
}


void uvn_close_reset(uvn_stream_t* stream, uv_close_cb cb) {
  uvn__before_close(stream);
  /* Refused while a shutdown is in flight, and without a live socket: close
   * all the same, for a handle left open there would never be closed. */
  if (stream->u.handle.type != UV_TCP ||
      uv_tcp_close_reset(&stream->u.tcp, cb) != 0)
    uv_close(&stream->u.handle, cb);
  uvn__after_close(stream);
}
