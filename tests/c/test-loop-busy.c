/* SPDX-License-Identifier: MIT
 *
 * A loop with an open handle is not closed, and works on: its timers, its idle
 * timeouts and its wake-up.
 */

#include "task.h"

static int fired;


static void on_timer(uvn_timer_t* timer) {
  (void) timer;
  fired++;
}


static void on_idle(uvn_idle_t* idle) {
  (void) idle;
  fired++;
}


int main(void) {
  uvn_stream_t stream;
  uvn_timer_t timer;
  uvn_idle_t idle;

  task_begin();
  memset(&timer, 0, sizeof(timer));
  memset(&idle, 0, sizeof(idle));
  init_stream(TCP, &stream);
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, uv_hrtime() + 30 * NS_PER_MS,
                               on_timer));
  ASSERT_EQ(0, uvn_idle_start(&loop, &idle, 5, on_idle));
  ASSERT_EQ(UV_EBUSY, uvn_loop_close(&loop));
  turns(2);
  ASSERT_EQ(UV_EBUSY, uvn_loop_close(&loop));
  run();
  ASSERT_EQ(2, fired);
  ASSERT_EQ(UV_EBUSY, uvn_loop_close(&loop));
  close_stream(&stream);
  ASSERT_EQ(UV_EBUSY, uvn_loop_close(&loop));  /* Not closed yet. */
  run();
  ASSERT_EQ(1, closed);
  task_end();
  return 0;
}
