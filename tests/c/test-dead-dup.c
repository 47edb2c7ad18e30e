/* SPDX-License-Identifier: MIT
 *
 * Somebody duplicates the descriptor of a stream that reads and closes the
 * original. The kernel goes on reporting events under a number that is not
 * open any more, and would do so for ever: the loop must not spin on them.
 *
 * Wraps: epoll_pwait
 */

#include "task.h"

#include <sys/epoll.h>

static int polls;
static int errors;
static int reads;

int __real_epoll_pwait(int fd, struct epoll_event* events, int n, int timeout,
                       const sigset_t* set);
int __wrap_epoll_pwait(int fd, struct epoll_event* events, int n, int timeout,
                       const sigset_t* set);


int __wrap_epoll_pwait(int fd, struct epoll_event* events, int n, int timeout,
                       const sigset_t* set) {
  polls++;
  return __real_epoll_pwait(fd, events, n, timeout, set);
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) stream;
  (void) base;
  ASSERT_EQ(UV_EBADF, nread);
  errors++;
}


static void on_other_read(uvn_stream_t* stream, ssize_t nread,
                          const char* base) {
  (void) stream;
  ASSERT_EQ(2, nread);
  ASSERT_MEM_EQ("ok", base, 2);
  reads++;
}


static void check_with(kind_t kind, int close_first) {
  uvn_stream_t stream;
  uvn_stream_t other;
  int other_peer;
  int copy;
  int peer;

  errors = reads = 0;
  other_peer = open_with_peer(TCP, &other);
  ASSERT_EQ(0, uvn_read_start(&other, on_other_read));
  peer = open_with_peer(kind, &stream);
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  turns(1);

  copy = dup(fd_of(&stream));
  close(fd_of(&stream));
  if (!close_first) {
    send_all(peer, "x", 1);
    RUN_UNTIL(errors == 1);
  }
  close_stream(&stream);
  turns(1);
  send_all(peer, "y", 1);

  polls = 0;
  run_blocking_for(100);
  ASSERT_LT(polls, 20);

  /* The other watchers are as they were. */
  send_all(other_peer, "ok", 2);
  RUN_UNTIL(reads == 1);
  ASSERT_EQ(!close_first, errors);
  close_stream(&other);
  run();
  close(copy);
  close(peer);
  close(other_peer);
}


int main(void) {
  task_begin();
  check_with(TCP, 0);
  check_with(PIPE, 0);
  check_with(TCP, 1);
  check_with(PIPE, 1);
  ASSERT_EQ(8, closed);
  task_end();
  return 0;
}
