/* SPDX-License-Identifier: MIT
 *
 * A deadline between two milliseconds is not rounded down, whatever the loop's
 * idea of the time; one in the past fires at once, one far away not at all.
 */

#include "task.h"

static int fired;


static void on_timer(uvn_timer_t* timer) {
  uint64_t now = uv_hrtime();

  ASSERT_GE(now, timer->when);
  fired++;
}


static void never(uvn_timer_t* timer) {
  (void) timer;
  ASSERT(0);
}


int main(void) {
  uvn_timer_t timer;
  uvn_timer_t far;
  int i;

  task_begin();
  memset(&timer, 0, sizeof(timer));
  memset(&far, 0, sizeof(far));
  ASSERT_EQ(0, uvn_timer_start(&loop, &far, UINT64_MAX, never));
  uvn_timer_set_ref(&loop, &far, 0);
  for (i = 0; i < 100; i++) {
    ASSERT_EQ(0, uvn_timer_start(&loop, &timer, uv_hrtime() + 1234567,
                                 on_timer));
    run();
    if (i % 10 == 0)
      usleep(3000);  /* The loop's time grows old. */
  }
  ASSERT_EQ(100, fired);

  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, 0, on_timer));
  run();
  ASSERT_EQ(101, fired);
  uvn_timer_stop(&loop, &far);
  task_end();
  return 0;
}
