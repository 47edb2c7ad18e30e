/* SPDX-License-Identifier: MIT
 *
 * A descriptor that is watched stays as it was: blocking or non-blocking. And
 * the handle tells when it can be read and written, until it is stopped.
 */

#include "task.h"

static int expected;
static int events;


static void on_poll(uv_poll_t* handle, int status, int what) {
  ASSERT_EQ(0, status);
  ASSERT_EQ(expected, what);
  events++;
  ASSERT_EQ(0, uv_poll_stop(handle));
}


int main(void) {
  uv_poll_t poll;
  int nonblocking;
  int fds[2];
  int flags;

  task_begin();
  for (nonblocking = 0; nonblocking < 2; nonblocking++) {
    events = 0;
    make_pair(PIPE, fds);
    if (nonblocking)
      ASSERT_EQ(0, fcntl(fds[0], F_SETFL, O_NONBLOCK));
    flags = fcntl(fds[0], F_GETFL);
    ASSERT_EQ(nonblocking, !!(flags & O_NONBLOCK));

    ASSERT_EQ(0, uvn_poll_init(&loop, &poll, fds[0]));
    ASSERT_EQ(flags, fcntl(fds[0], F_GETFL));
    expected = UV_WRITABLE;
    ASSERT_EQ(0, uvn_poll_start(&poll, UV_READABLE | UV_WRITABLE, on_poll));
    run();
    ASSERT_EQ(1, events);

    expected = UV_READABLE;
    ASSERT_EQ(0, uvn_poll_start(&poll, UV_READABLE, on_poll));
    turns(3);
    ASSERT_EQ(1, events);
    send_all(fds[1], "x", 1);
    run();
    ASSERT_EQ(2, events);

    ASSERT_EQ(0, uvn_poll_start(&poll, UV_READABLE, on_poll));
    uvn_poll_close(&poll, on_close);
    run();
    ASSERT_EQ(2, events);
    ASSERT_EQ(flags, fcntl(fds[0], F_GETFL));
    close(fds[0]);
    close(fds[1]);
  }
  ASSERT_EQ(2, closed);
  task_end();
  return 0;
}
