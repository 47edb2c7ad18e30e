/* SPDX-License-Identifier: MIT
 *
 * A reset by the peer is told once, reading has stopped, and writing fails.
 */

#include "task.h"

static int errors;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) base;
  ASSERT_EQ(UV_ECONNRESET, nread);
  ASSERT_EQ(0, uv_is_active(&stream->u.handle));
  errors++;
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  (void) status;
  ASSERT(0);
}


int main(void) {
  uvn_stream_t stream;
  uvn_write_t req;
  uv_buf_t buf = uv_buf_init("x", 1);
  uv_buf_t* bufs = &buf;
  unsigned nbufs = 1;
  int peer;

  task_begin();
  peer = open_with_peer(TCP, &stream);
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  reset(peer);
  run();
  ASSERT_EQ(1, errors);
  turns(3);
  ASSERT_EQ(1, errors);

  ASSERT_EQ(UV_ENOTCONN, uvn_read_start(&stream, on_read));
  ASSERT_EQ(UV_EPIPE, uvn_write_try(&stream, &bufs, &nbufs));
  ASSERT_EQ(UV_EPIPE, uvn_write_queue(&stream, &req, &buf, 1, on_write));

  close_stream(&stream);
  run();
  ASSERT_EQ(1, closed);
  task_end();
  return 0;
}
