/* SPDX-License-Identifier: MIT
 *
 * Somebody closes the descriptor of a stream that reads. Libuv would abort when
 * it next changes the watcher; here reading and writing fail with EBADF, once
 * each, and the handle closes as usual.
 */

#include "task.h"

static int read_errors;
static int write_errors;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) base;
  ASSERT_EQ(UV_EBADF, nread);
  ASSERT_EQ(0, uv_is_active(&stream->u.handle));
  read_errors++;
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT_EQ(UV_EBADF, status);
  write_errors++;
}


int main(void) {
  uvn_stream_t stream;
  uvn_write_t reqs[2];
  uv_buf_t buf = uv_buf_init("x", 1);
  uv_buf_t* bufs = &buf;
  unsigned nbufs = 1;
  int kind;
  int peer;

  task_begin();
  for (kind = TCP; kind <= PIPE; kind++) {
    peer = open_with_peer(kind, &stream);
    ASSERT_EQ(0, uvn_read_start(&stream, on_read));
    turns(1);
    close(fd_of(&stream));
    ASSERT_EQ(0, uvn_write_queue(&stream, &reqs[0], &buf, 1, on_write));
    ASSERT_EQ(0, uvn_write_queue(&stream, &reqs[1], &buf, 1, on_write));
    run();
    ASSERT_EQ(kind + 1, read_errors);
    ASSERT_EQ(2 * (kind + 1), write_errors);
    ASSERT_EQ(kind + 1, loop.dead_watchers);

    ASSERT_EQ(UV_ENOTCONN, uvn_read_start(&stream, on_read));
    ASSERT_EQ(UV_EPIPE, uvn_write_try(&stream, &bufs, &nbufs));
    turns(3);
    ASSERT_EQ(kind + 1, read_errors);
    close_stream(&stream);
    run();
    close(peer);
  }
  ASSERT_EQ(2, closed);
  task_end();
  return 0;
}
