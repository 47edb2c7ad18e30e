/* SPDX-License-Identifier: MIT
 *
 * After the kernel has refused bytes, nobody asks it again before it reports
 * that there is room: one system call for a write, and one for each event.
 *
 * Wraps: write writev
 */

#include "task.h"

#include <sys/uio.h>

static int watched;
static int calls;

ssize_t __real_write(int fd, const void* data, size_t n);
ssize_t __wrap_write(int fd, const void* data, size_t n);
ssize_t __real_writev(int fd, const struct iovec* iov, int n);
ssize_t __wrap_writev(int fd, const struct iovec* iov, int n);


ssize_t __wrap_write(int fd, const void* data, size_t n) {
  calls += fd == watched;
  return __real_write(fd, data, n);
}


ssize_t __wrap_writev(int fd, const struct iovec* iov, int n) {
  calls += fd == watched;
  return __real_writev(fd, iov, n);
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  (void) status;
}


int main(void) {
  static char data[16 << 20];
  uvn_stream_t stream;
  uvn_write_t reqs[3];
  uv_buf_t buf;
  uv_buf_t* bufs;
  unsigned nbufs;
  int kind;
  int peer;
  int i;

  task_begin();
  for (kind = TCP; kind <= PIPE; kind++) {
    peer = open_with_peer(kind, &stream);
    watched = fd_of(&stream);
    calls = 0;
    for (i = 0; i < 3; i++) {
      buf = uv_buf_init(data, sizeof(data));
      bufs = &buf;
      nbufs = 1;
      ASSERT_EQ(1, uvn_write_try(&stream, &bufs, &nbufs));
      ASSERT_EQ(0, uvn_write_queue(&stream, &reqs[i], bufs, nbufs, on_write));
      ASSERT_EQ(1, calls);
    }
    if (kind == PIPE) {  /* TCP still moves what it took to the peer. */
      turns(5);
      ASSERT_EQ(1, calls);
      recv_exactly(peer, data, 192 << 10);
      turns(5);
      ASSERT_LE(calls, 1 + 5);
      ASSERT_GE(calls, 2);
    }
    watched = -1;
    close_stream(&stream);
    run();
    close(peer);
  }
  task_end();
  return 0;
}
