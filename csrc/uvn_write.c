/* SPDX-License-Identifier: MIT
 *
 * The write loop: the kernel first, the queue for what it does not take.
 */

#include "uvn_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>


/* What uv_try_write() does for a stream that has nothing queued, in a third of
 * the instructions: no call chain, no limit on the number of buffers to apply
 * to the usual one. */
static ssize_t uvn__offer(uv_stream_t* handle, const uv_buf_t* bufs,
                          unsigned nbufs) {
  ssize_t n;

  if (nbufs != 1 || handle->connect_req != NULL ||
      handle->write_queue_size != 0 || !(handle->flags & UV_HANDLE_WRITABLE))
    return uv_try_write(handle, bufs, nbufs);

  do
    n = write(uv__stream_fd(handle), bufs->base, bufs->len);
  while (n == -1 && errno == EINTR);
  if (n >= 0)
    return n;
  if (errno == EWOULDBLOCK || errno == ENOBUFS)
    return UV_EAGAIN;
#ifdef __APPLE__
  if (errno == EPROTOTYPE)  /* The peer closes just now; libuv says the same. */
    return UV_ECONNRESET;
#endif
  return UV__ERR(errno);
}


int uvn_write_try(uvn_stream_t* stream, uv_buf_t** bufs, unsigned* nbufs) {
  uv_buf_t* buf = *bufs;
  size_t total;
  unsigned i;
  ssize_t n;

  if (*nbufs == 0)
    return UV_EINVAL;
  total = buf[0].len;
  for (i = 1; i < *nbufs; i++)
    total += buf[i].len;
  stream->bytes_written += total;
  if (stream->idle != NULL)
    uvn_idle_refresh(UVN_LOOP(&stream->u.handle), stream->idle);

  n = uvn__offer(&stream->u.stream, buf, *nbufs);
  if ((size_t) n == total)
    return 0;
  if (n == UV_EAGAIN)
    return 1;
  if (n < 0)
    return n;

  while ((size_t) n >= buf->len) {
    n -= buf->len;
    buf++;
  }
  buf->base += n;
  buf->len -= n;
  *nbufs -= buf - *bufs;
  *bufs = buf;
  return 1;
}


static void uvn__on_write(uv_write_t* handle, int status) {
  uvn_write_t* req = UVN_CONTAINER_OF(handle, uvn_write_t, req);
  uvn_stream_t* stream = (uvn_stream_t*) handle->handle;

  if (status == 0 && stream->idle != NULL)
    uvn_idle_refresh(UVN_LOOP(&stream->u.handle), stream->idle);
  req->cb(req, status);
}


int uvn_write_queue(uvn_stream_t* stream, uvn_write_t* req,
                    const uv_buf_t* bufs, unsigned nbufs, uvn_write_cb cb) {
  uv_stream_t* handle = &stream->u.stream;
  int err;

  req->cb = cb;
  req->queued = uv__count_bufs(bufs, nbufs);

  /* uv_write() offers an empty queue's first request to the kernel at once,
   * which has just said no: a queue that looks used makes it wait for POLLOUT
   * and saves the system call. */
  handle->write_queue_size++;
  err = uv_write(&req->req, handle, bufs, nbufs, uvn__on_write);
  handle->write_queue_size--;
  if (err == UV_ENOMEM)
    uv__req_unregister(handle->loop);  /* libuv leaves it registered. */
  return err;
}


static void uvn__nothing_written(uvn_write_t* req, int status) {
  (void) status;
  free(req);
}


/* libuv takes the shutdown of a stream that is connecting for the end of the
 * connect, says that it succeeded, and forgets the shutdown. With something in
 * the queue, be it empty, it waits for the connection. */
int uvn_shutdown(uvn_stream_t* stream, uv_shutdown_t* req, uv_shutdown_cb cb) {
  uv_stream_t* handle = &stream->u.stream;
  uv_buf_t nothing = uv_buf_init(NULL, 0);
  uvn_write_t* write;
  int err;

  if (handle->connect_req != NULL && uv_is_writable(handle) &&
      uv__queue_empty(&handle->write_queue)) {
    write = malloc(sizeof(*write));
    if (write == NULL)
      return UV_ENOMEM;
    err = uvn_write_queue(stream, write, &nothing, 1, uvn__nothing_written);
    if (err) {
      free(write);
      return err;
    }
  }
  return uv_shutdown(req, handle, cb);
}
