/* SPDX-License-Identifier: MIT
 *
 * Timers keep the loop running, but not those that are unreferenced; those fire
 * all the same while something else does.
 */

#include "task.h"

static uvn_timer_t first;
static uvn_timer_t second;
static int fired;


static void on_timer(uvn_timer_t* timer) {
  (void) timer;
  fired++;
}


static void on_unref(uvn_timer_t* timer) {
  (void) timer;
  fired++;
  uvn_timer_set_ref(&loop, &second, 0);
}


static uint64_t in_ms(int ms) {
  return uv_hrtime() + ms * NS_PER_MS;
}


int main(void) {
  uint64_t start;

  task_begin();

  /* Unreferenced and alone: the loop does not wait. */
  ASSERT_EQ(0, uvn_timer_start(&loop, &first, in_ms(1000000), on_timer));
  uvn_timer_set_ref(&loop, &first, 0);
  uvn_timer_set_ref(&loop, &first, 0);
  run();
  ASSERT_EQ(0, fired);

  /* A referenced one comes behind it, when the loop has seen the first. */
  ASSERT_EQ(0, uvn_loop_turn(&loop));
  uvn_timer_stop(&loop, &first);
  ASSERT_EQ(0, uvn_timer_start(&loop, &first, in_ms(20), on_timer));
  uvn_timer_set_ref(&loop, &first, 0);
  turns(1);
  ASSERT_EQ(0, uvn_timer_start(&loop, &second, in_ms(40), on_timer));
  run();
  ASSERT_EQ(2, fired);

  /* Referenced again, it is waited for. */
  ASSERT_EQ(0, uvn_timer_start(&loop, &first, in_ms(20), on_timer));
  uvn_timer_set_ref(&loop, &first, 0);
  turns(1);
  uvn_timer_set_ref(&loop, &first, 1);
  run();
  ASSERT_EQ(3, fired);

  /* The last reference goes within a callback. */
  start = now_ms();
  ASSERT_EQ(0, uvn_timer_start(&loop, &second, in_ms(60000), on_timer));
  ASSERT_EQ(0, uvn_timer_start(&loop, &first, in_ms(5), on_unref));
  run();
  ASSERT_LT(now_ms() - start, 30000);
  ASSERT_EQ(4, fired);
  uvn_timer_stop(&loop, &second);
  uvn_timer_stop(&loop, &second);
  ASSERT_EQ(0, loop.timers.referenced);
  task_end();
  return 0;
}
