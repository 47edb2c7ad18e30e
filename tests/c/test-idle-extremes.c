/* SPDX-License-Identifier: MIT
 *
 * A duration of 0 does not spin within one turn when it is armed again and
 * again; one of hundreds of millions of years does not wrap around to now.
 */

#include "task.h"

static uvn_idle_t zero;
static uvn_idle_t far;
static int fired;
static int turn_count;
static int last_turn;


static void never(uvn_idle_t* idle) {
  (void) idle;
  ASSERT(0);
}


static void on_zero(uvn_idle_t* idle) {
  ASSERT_NE(last_turn, turn_count);
  last_turn = turn_count;
  if (++fired < 5)
    ASSERT_EQ(0, uvn_idle_start(&loop, idle, 0, on_zero));
}


int main(void) {
  uvn_timer_t timer;

  task_begin();
  memset(&timer, 0, sizeof(timer));
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, UINT64_MAX, NULL));
  ASSERT_EQ(0, uvn_idle_start(&loop, &far, UINT64_MAX, never));
  ASSERT_EQ(0, uvn_idle_start(&loop, &zero, 0, on_zero));
  while (fired < 5) {
    turn_count++;
    uvn_loop_turn(&loop);
  }
  uvn_idle_stop(&far);
  ASSERT_EQ(0, uvn_idle_start(&loop, &far, UINT64_MAX / 1000000 + 1, never));
  run_for(5);
  uvn_idle_stop(&far);
  uvn_timer_stop(&loop, &timer);
  task_end();
  return 0;
}
