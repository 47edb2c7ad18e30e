/* SPDX-License-Identifier: MIT
 *
 * After a shutdown, and after the peer has gone, a write fails with EPIPE and
 * its callback is not called.
 */

#include "task.h"

static int shutdowns;


static void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  ASSERT_EQ(0, status);
  shutdowns++;
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  (void) status;
  ASSERT(0);
}


int main(void) {
  uvn_stream_t stream;
  uv_shutdown_t shutdown;
  uvn_write_t req;
  uv_buf_t buf = uv_buf_init("x", 1);
  uv_buf_t* bufs = &buf;
  unsigned nbufs = 1;
  int kind;
  int peer;

  task_begin();
  for (kind = TCP; kind <= PIPE; kind++) {
    peer = open_with_peer(kind, &stream);
    ASSERT_EQ(0, uv_shutdown(&shutdown, &stream.u.stream, on_shutdown));
    ASSERT_EQ(UV_EPIPE, uvn_write_try(&stream, &bufs, &nbufs));
    ASSERT_EQ(UV_EPIPE, uvn_write_queue(&stream, &req, &buf, 1, on_write));
    run();
    ASSERT_EQ(UV_EPIPE, uvn_write_try(&stream, &bufs, &nbufs));
    ASSERT_EQ(UV_ENOTCONN, uv_shutdown(&shutdown, &stream.u.stream,
                                       on_shutdown));
    recv_eof(peer);
    close_stream(&stream);
    close(peer);
    run();
  }
  ASSERT_EQ(2, shutdowns);

  peer = open_with_peer(PIPE, &stream);
  close(peer);
  ASSERT_EQ(UV_EPIPE, uvn_write_try(&stream, &bufs, &nbufs));
  ASSERT_EQ(0, stream.u.stream.write_queue_size);
  close_stream(&stream);
  run();
  task_end();
  return 0;
}
