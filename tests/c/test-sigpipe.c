/* SPDX-License-Identifier: MIT
 *
 * A process that has done nothing about SIGPIPE survives a write to a peer that
 * is gone; one that has its own handler keeps it.
 */

#include "task.h"

static int signals;
static int fired;


static void on_signal(int number) {
  ASSERT_EQ(SIGPIPE, number);
  signals++;
}


static void on_timer(uvn_timer_t* timer) {
  uv_buf_t buf = uv_buf_init("x", 1);
  uv_buf_t* bufs = &buf;
  unsigned nbufs = 1;

  ASSERT_EQ(UV_EPIPE, uvn_write_try(timer->data, &bufs, &nbufs));
  fired++;
}


static void check(void) {
  uvn_stream_t stream;
  uvn_timer_t timer;

  close(open_with_peer(PIPE, &stream));
  memset(&timer, 0, sizeof(timer));
  timer.data = &stream;
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, uv_hrtime(), on_timer));
  run();
  close_stream(&stream);
  run();
}


int main(void) {
  task_begin();
  signal(SIGPIPE, SIG_DFL);
  check();
  ASSERT_EQ(1, fired);
  signal(SIGPIPE, on_signal);
  check();
  ASSERT_EQ(2, fired);
  ASSERT_EQ(1, signals);
  task_end();
  return 0;
}
