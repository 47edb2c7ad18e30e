/* SPDX-License-Identifier: MIT
 *
 * What an idle callback may do: stop and refresh others of its list, arm itself
 * again with the same and with another duration, and arm others whose durations
 * fall into the bucket in which its own list is found, now that it is empty.
 */

#include "task.h"

/* (d ^ d >> 6) % 64 is the bucket: equal for these. */
static const uint64_t colliding[] = { 10, 75, 136, 201, 270, 335 };

static uvn_idle_t self;
static uvn_idle_t stopped;
static uvn_idle_t refreshed;
static uvn_idle_t others[6];
static uint64_t refreshed_at;
static int self_fired;
static int refreshed_fired;
static int others_fired;


static void never(uvn_idle_t* idle) {
  (void) idle;
  ASSERT(0);
}


static void on_other(uvn_idle_t* idle) {
  ASSERT_GE(idle, others);
  others_fired++;
}


static void on_refreshed(uvn_idle_t* idle) {
  (void) idle;
  ASSERT_GE(uv_now(&loop.uv) - refreshed_at, 10);
  refreshed_fired++;
}


static void on_self(uvn_idle_t* idle) {
  int i;

  self_fired++;
  if (self_fired == 1) {
    uvn_idle_stop(&stopped);
    uvn_idle_refresh(&loop, &refreshed);
    refreshed_at = uv_now(&loop.uv);
    for (i = 0; i < 6; i++)
      ASSERT_EQ(0, uvn_idle_start(&loop, &others[i], colliding[i], on_other));
  }
  if (self_fired < 5)
    ASSERT_EQ(0, uvn_idle_start(&loop, idle, 10, on_self));
  else if (self_fired < 10)
    ASSERT_EQ(0, uvn_idle_start(&loop, idle, colliding[self_fired % 2],
                                on_self));
}


int main(void) {
  task_begin();
  ASSERT_EQ(0, uvn_idle_start(&loop, &self, 10, on_self));
  ASSERT_EQ(0, uvn_idle_start(&loop, &stopped, 10, never));
  ASSERT_EQ(0, uvn_idle_start(&loop, &refreshed, 10, on_refreshed));
  while (self_fired < 10 || others_fired < 6 || refreshed_fired < 1)
    run_blocking_for(20);
  run_blocking_for(20);
  ASSERT_EQ(10, self_fired);
  ASSERT_EQ(6, others_fired);
  ASSERT_EQ(1, refreshed_fired);
  task_end();
  return 0;
}
