/* SPDX-License-Identifier: MIT
 *
 * A loop may be closed with timers and idle timeouts left. Live ones are just
 * not scheduled any more; cancelled ones are given back, as was promised.
 */

#include "task.h"

static int given_back;


static void on_timer(uvn_timer_t* timer) {
  ASSERT_EQ(1, timer->cancelled);
  given_back++;
}


static void never(uvn_idle_t* idle) {
  (void) idle;
  ASSERT(0);
}


int main(void) {
  uvn_timer_t live;
  uvn_timer_t dead;
  uvn_idle_t idle;
  int run_first;

  task_begin();
  ASSERT_EQ(0, uvn_loop_close(&loop));
  for (run_first = 0; run_first < 2; run_first++) {
    given_back = 0;
    ASSERT_EQ(0, uvn_loop_init(&loop));
    memset(&live, 0, sizeof(live));
    memset(&dead, 0, sizeof(dead));
    memset(&idle, 0, sizeof(idle));
    ASSERT_EQ(0, uvn_timer_start(&loop, &live, uv_hrtime() + 1000000000,
                                 on_timer));
    ASSERT_EQ(0, uvn_timer_start(&loop, &dead, uv_hrtime() + 2000000000,
                                 on_timer));
    ASSERT_EQ(0, uvn_idle_start(&loop, &idle, 5000, never));
    uvn_timer_cancel(&loop, &dead);
    if (run_first)
      turns(2);
    ASSERT_EQ(0, uvn_loop_close(&loop));
    ASSERT_EQ(0, live.index);
    ASSERT_EQ(0, dead.index);
    ASSERT_EQ(1, given_back);
    ASSERT_PTR_EQ(NULL, idle.list);
  }
  ASSERT_EQ(0, uvn_loop_init(&loop));
  task_end();
  return 0;
}
