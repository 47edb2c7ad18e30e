/* SPDX-License-Identifier: MIT
 *
 * How runs end: at once when there is nothing to do or stop was called before,
 * after the turn in which it is called, and what they return.
 */

#include "task.h"

static uvn_timer_t timer;
static int fired;


static void on_timer(uvn_timer_t* t) {
  (void) t;
  fired++;
}


static void on_stop(uvn_timer_t* t) {
  fired++;
  uvn_loop_stop(&loop);
  if (t->data != NULL)  /* Something that the run leaves behind. */
    ASSERT_EQ(0, uvn_timer_start(&loop, t, uv_hrtime(), on_timer));
}


int main(void) {
  uint64_t start = now_ms();

  task_begin();
  ASSERT_EQ(0, uvn_loop_run(&loop));
  ASSERT_EQ(0, uvn_loop_turn(&loop));

  /* Stopped before it runs: it does not run, once. */
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, 0, on_timer));
  uvn_loop_stop(&loop);
  ASSERT_EQ(1, uvn_loop_run(&loop));
  ASSERT_EQ(0, fired);
  ASSERT_EQ(0, uvn_loop_run(&loop));
  ASSERT_EQ(1, fired);

  uvn_loop_stop(&loop);
  ASSERT_EQ(0, uvn_loop_run(&loop));

  /* Stopped within a turn, with and without something left. */
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, 0, on_stop));
  ASSERT_EQ(0, uvn_loop_run(&loop));
  ASSERT_EQ(2, fired);
  timer.data = &timer;
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, 0, on_stop));
  ASSERT_EQ(1, uvn_loop_run(&loop));
  ASSERT_EQ(3, fired);
  ASSERT_EQ(0, uvn_loop_run(&loop));
  ASSERT_EQ(4, fired);

  /* A turn does not wait. */
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, uv_hrtime() + 3600 * 1000 *
                               NS_PER_MS, on_timer));
  ASSERT_EQ(1, uvn_loop_turn(&loop));
  uvn_timer_set_ref(&loop, &timer, 0);
  ASSERT_EQ(0, uvn_loop_turn(&loop));
  uvn_timer_stop(&loop, &timer);
  ASSERT_LT(now_ms() - start, 5000);
  task_end();
  return 0;
}
