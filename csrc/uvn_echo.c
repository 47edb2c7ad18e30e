/* SPDX-License-Identifier: MIT
 *
 * The ceiling: an echo server in plain C on libuv. What a Python server on the
 * same libuv can approach and not pass.
 */

#include "uvn_internal.h"

#include <stdlib.h>

typedef struct {
  uvn_loop_t loop;
  uvn_stream_t listener;
  uint64_t limit;
  uint64_t echoed;
} uvn_ceiling_t;

typedef struct {
  uv_write_t req;
  size_t size;
  char data[];
} uvn_ceiling_rest_t;


static void uvn__ceiling_close_any(uv_handle_t* handle, void* arg);

/* Counts what the kernel has taken: a close would cancel what is queued. */
static void uvn__ceiling_count(uv_loop_t* loop, size_t n) {
  uvn_ceiling_t* ceiling = UVN_CONTAINER_OF(loop, uvn_ceiling_t, loop);

  ceiling->echoed += n;
  if (ceiling->limit != 0 && ceiling->echoed >= ceiling->limit)
    uv_walk(loop, uvn__ceiling_close_any, ceiling);
}


static void uvn__ceiling_free(uv_handle_t* handle) {
  free(handle);
}


static void uvn__ceiling_rest_written(uv_write_t* req, int status) {
  uvn_ceiling_rest_t* rest = UVN_CONTAINER_OF(req, uvn_ceiling_rest_t, req);

  if (status == 0)
    uvn__ceiling_count(req->handle->loop, rest->size);
  free(rest);
}


static int uvn__ceiling_rest(uv_stream_t* handle, const char* base, size_t n) {
  uvn_ceiling_rest_t* rest = malloc(sizeof(*rest) + n);
  uv_buf_t buf;
  int err;

  if (rest == NULL)
    return UV_ENOMEM;
  rest->size = n;
  memcpy(rest->data, base, n);
  buf = uv_buf_init(rest->data, n);
  err = uv_write(&rest->req, handle, &buf, 1, uvn__ceiling_rest_written);
  if (err)
    free(rest);
  return err;
}


static void uvn__ceiling_close_any(uv_handle_t* handle, void* arg) {
  uvn_ceiling_t* ceiling = arg;

  if (uv_is_closing(handle) || handle->type == UV_ASYNC ||
      handle->type == UV_PREPARE || handle->type == UV_TIMER)
    return;
  if (handle == &ceiling->listener.u.handle)
    uvn_close(&ceiling->listener, NULL);
  else
    uv_close(handle, uvn__ceiling_free);
}


static void uvn__ceiling_read(uv_stream_t* handle, ssize_t nread,
                              const uv_buf_t* buf) {
  uv_buf_t chunk;
  int n;

  if (nread == 0)
    return;
  if (nread < 0)
    goto close;
  chunk = uv_buf_init(buf->base, nread);
  n = uv_try_write(handle, &chunk, 1);
  if (n == UV_EAGAIN)
    n = 0;
  if (n < 0)
    goto close;
  if (n < nread && uvn__ceiling_rest(handle, buf->base + n, nread - n) != 0)
    goto close;
  uvn__ceiling_count(handle->loop, n);
  return;

close:
  uv_close((uv_handle_t*) handle, uvn__ceiling_free);
}


/* Accepts a connection as a handle of the listener's type. Whatever it returns,
 * `client` has been initialized and is to be closed. */
int uvn__serve_accept(uvn_stream_t* server, uvn_stream_t* client) {
  if (server->u.handle.type == UV_TCP) {
    uvn_tcp_init(UVN_LOOP(&server->u.handle), client);
    uv_tcp_nodelay(&client->u.tcp, 1);  /* As event loops of asyncio do. */
  } else {
    uvn_pipe_init(UVN_LOOP(&server->u.handle), client, 0);
  }
  return uvn_accept(server, client);
}


static void uvn__ceiling_connection(uvn_stream_t* server, int status) {
  uvn_stream_t* client;

  if (status < 0 || (client = malloc(sizeof(*client))) == NULL)
    return;
  if (uvn__serve_accept(server, client) == 0)
    uv_read_start(&client->u.stream, uvn__alloc_scratch, uvn__ceiling_read);
  else
    uv_close(&client->u.handle, uvn__ceiling_free);
}


/* Serves a listening socket on a loop that is initialized here, and closed when
 * nothing is left that keeps it running. */
int uvn__serve(uvn_loop_t* loop, uvn_stream_t* listener, int fd, int tcp,
               uvn_connection_cb cb) {
  int err = uvn_loop_init(loop);

  if (err)
    return err;
  if (tcp) {
    uvn_tcp_init(loop, listener);
    err = uvn_tcp_open(listener, fd);
  } else {
    uvn_pipe_init(loop, listener, 0);
    err = uvn_pipe_open(listener, fd);
  }
  if (err == 0)
    err = uvn_listen(listener, 511, cb);
  if (err)
    uvn_close(listener, NULL);
  uvn_loop_run(loop);
  uvn_loop_close(loop);
  return err;
}


int uvn_echo_ceiling(int fd, int tcp, uint64_t limit) {
  uvn_ceiling_t* ceiling = calloc(1, sizeof(*ceiling));
  int err;

  if (ceiling == NULL)
    return UV_ENOMEM;
  ceiling->limit = limit;
  err = uvn__serve(&ceiling->loop, &ceiling->listener, fd, tcp,
                   uvn__ceiling_connection);
  free(ceiling);
  return err;
}
