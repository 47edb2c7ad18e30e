/* SPDX-License-Identifier: MIT
 *
 * A descriptor that turns out to be unusable late in uvn_tcp_open stays the
 * caller's and blocking as it was; the stream stays closed and may be opened on
 * another one.
 *
 * Wraps: setsockopt
 */

#include "task.h"

static int failing;
static int reads;

int __real_setsockopt(int fd, int level, int name, const void* v, socklen_t n);
int __wrap_setsockopt(int fd, int level, int name, const void* v, socklen_t n);


int __wrap_setsockopt(int fd, int level, int name, const void* v,
                      socklen_t n) {
  if (failing) {
    errno = EINVAL;
    return -1;
  }
  return __real_setsockopt(fd, level, name, v, n);
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) base;
  ASSERT_EQ(1, nread);
  reads++;
  uvn_read_stop(stream);
}


int main(void) {
  uvn_stream_t stream;
  int fds[2];
  int flags;

  task_begin();
  make_pair(TCP, fds);
  flags = fcntl(fds[0], F_GETFL);
  init_stream(TCP, &stream);
  ASSERT_EQ(0, uv_tcp_nodelay(&stream.u.tcp, 1));  /* For when it opens. */
  failing = 1;
  ASSERT_EQ(UV_EINVAL, uvn_tcp_open(&stream, fds[0]));
  failing = 0;
  ASSERT_EQ(flags, fcntl(fds[0], F_GETFL));
  ASSERT_EQ(UV_ENOTCONN, uvn_read_start(&stream, on_read));

  ASSERT_EQ(0, uvn_tcp_open(&stream, fds[0]));
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  send_all(fds[1], "x", 1);
  run();
  ASSERT_EQ(1, reads);
  close_stream(&stream);
  run();
  close(fds[1]);
  task_end();
  return 0;
}
