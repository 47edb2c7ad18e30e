/* SPDX-License-Identifier: MIT
 *
 * The poll itself fails: the run ends with the error instead of trying again
 * for ever, and the next one works if the poll does.
 *
 * Wraps: epoll_pwait
 */

#include "task.h"

#include <sys/epoll.h>

static int failing;
static int fired;

int __real_epoll_pwait(int fd, struct epoll_event* events, int n, int timeout,
                       const sigset_t* set);
int __wrap_epoll_pwait(int fd, struct epoll_event* events, int n, int timeout,
                       const sigset_t* set);


int __wrap_epoll_pwait(int fd, struct epoll_event* events, int n, int timeout,
                       const sigset_t* set) {
  if (failing) {
    errno = failing;
    return -1;
  }
  return __real_epoll_pwait(fd, events, n, timeout, set);
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) base;
  ASSERT_EQ(1, nread);
  fired++;
  uvn_read_stop(stream);
}


int main(void) {
  uvn_stream_t stream;
  int peer;

  task_begin();
  peer = open_with_peer(PIPE, &stream);
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  failing = EBADF;
  ASSERT_EQ(UV_EBADF, uvn_loop_run(&loop));  /* Would block without end. */
  ASSERT_EQ(UV_EBADF, uvn_loop_turn(&loop));
  ASSERT_EQ(UV_EBADF, uvn_loop_run(&loop));
  failing = 0;
  send_all(peer, "x", 1);
  run();
  ASSERT_EQ(1, fired);
  close_stream(&stream);
  run();
  close(peer);
  task_end();
  return 0;
}
