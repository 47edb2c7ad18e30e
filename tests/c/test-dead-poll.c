/* SPDX-License-Identifier: MIT
 *
 * Somebody closes the descriptor that a poll handle watches: EBADF is told
 * when the watcher next changes, once, and the handle closes as usual.
 */

#include "task.h"

static int errors;
static int events;


static void on_poll(uv_poll_t* handle, int status, int what) {
  (void) handle;
  if (status == 0) {
    ASSERT_EQ(UV_READABLE, what);
    events++;
    return;
  }
  ASSERT_EQ(UV_EBADF, status);
  errors++;
}


int main(void) {
  uv_poll_t poll;
  int other[2];
  int fds[2];

  task_begin();
  make_pair(PIPE, fds);
  ASSERT_EQ(0, uvn_poll_init(&loop, &poll, fds[0]));
  ASSERT_EQ(0, uvn_poll_start(&poll, UV_READABLE, on_poll));
  turns(1);
  close(fds[0]);
  ASSERT_EQ(0, uvn_poll_start(&poll, UV_READABLE | UV_WRITABLE, on_poll));
  run();
  ASSERT_EQ(1, errors);
  ASSERT_EQ(0, uv_is_active((uv_handle_t*) &poll));
  ASSERT_EQ(UV_EBADF, uvn_poll_start(&poll, UV_READABLE, on_poll));
  uvn_poll_close(&poll, on_close);
  run();
  ASSERT_EQ(1, errors);
  close(fds[1]);

  /* Closed before it is told. */
  make_pair(PIPE, fds);
  ASSERT_EQ(0, uvn_poll_init(&loop, &poll, fds[0]));
  ASSERT_EQ(0, uvn_poll_start(&poll, UV_READABLE, on_poll));
  close(fds[0]);
  uvn_poll_close(&poll, on_close);
  run();
  ASSERT_EQ(1, errors);
  close(fds[1]);

  /* The number is another socket's: what is started now watches that one. */
  make_pair(PIPE, fds);
  make_pair(PIPE, other);
  ASSERT_EQ(0, uvn_poll_init(&loop, &poll, fds[0]));
  ASSERT_EQ(0, uvn_poll_start(&poll, UV_WRITABLE, on_poll));
  ASSERT_EQ(0, uv_poll_stop(&poll));
  turns(1);
  ASSERT_EQ(fds[0], dup2(other[0], fds[0]));
  ASSERT_EQ(0, uvn_poll_start(&poll, UV_READABLE, on_poll));
  send_all(other[1], "x", 1);
  RUN_UNTIL(events > 0);
  uvn_poll_close(&poll, on_close);
  run();
  ASSERT_EQ(1, errors);
  ASSERT_EQ(3, closed);
  close(fds[0]);
  close(fds[1]);
  close(other[0]);
  close(other[1]);
  task_end();
  return 0;
}
