/* SPDX-License-Identifier: MIT
 *
 * cancel leaves the entry where it is and calls back once, with `cancelled`
 * set, when it leaves the heap: by time, by stop() of nothing else, or in bulk
 * when most of the heap is dead. A cancelled timer does not keep the loop.
 */

#include "task.h"

#define TIMERS 1000

static uvn_timer_t timers[TIMERS];
static int calls[TIMERS];
static int called;


static void on_timer(uvn_timer_t* timer) {
  ASSERT_EQ(1, timer->cancelled);
  ASSERT_EQ(0, timer->index);
  ASSERT_EQ(0, calls[timer - timers]++);
  called++;
}


static void on_live(uvn_timer_t* timer) {
  ASSERT_EQ(0, timer->cancelled);
  ASSERT_EQ(0, calls[timer - timers]++);
}


int main(void) {
  uint64_t soon;
  int i;

  task_begin();
  soon = uv_hrtime() + 20 * NS_PER_MS;

  /* One, behind one that lives. */
  ASSERT_EQ(0, uvn_timer_start(&loop, &timers[0], soon, on_live));
  ASSERT_EQ(0, uvn_timer_start(&loop, &timers[1], soon + 1, on_timer));
  uvn_timer_cancel(&loop, &timers[1]);
  uvn_timer_cancel(&loop, &timers[1]);
  ASSERT_EQ(0, called);
  ASSERT_NE(0, timers[1].index);
  ASSERT_EQ(UV_EBUSY, uvn_timer_start(&loop, &timers[1], soon, on_timer));
  run();
  ASSERT_EQ(1, calls[0]);
  ASSERT_EQ(1, called);

  /* Alone: the loop does not wait for it, and gives it back. */
  ASSERT_EQ(0, uvn_timer_start(&loop, &timers[2],
                               uv_hrtime() + 3600 * (uint64_t) 1e9,
                               on_timer));
  uvn_timer_cancel(&loop, &timers[2]);
  run();
  ASSERT_EQ(2, called);

  /* Many: given back before their time. */
  for (i = 3; i < TIMERS; i++)
    ASSERT_EQ(0, uvn_timer_start(&loop, &timers[i],
                                 uv_hrtime() + 3600 * (uint64_t) 1e9,
                                 i % 10 == 0 ? on_live : on_timer));
  for (i = 3; i < TIMERS; i++)
    if (i % 10 != 0)
      uvn_timer_cancel(&loop, &timers[i]);
  ASSERT_GT(called, TIMERS / 2);
  ASSERT_LT(loop.timers.size, TIMERS / 2);
  for (i = 3; i < TIMERS; i++)
    if (i % 10 == 0)
      uvn_timer_stop(&loop, &timers[i]);
  run();
  for (i = 3; i < TIMERS; i++)
    ASSERT_EQ(i % 10 != 0, calls[i]);
  ASSERT_EQ(0, loop.timers.size);
  ASSERT_EQ(0, loop.timers.cancelled);
  ASSERT_EQ(0, loop.timers.referenced);
  task_end();
  return 0;
}
