/* SPDX-License-Identifier: MIT
 *
 * Timers fire in the order of their deadlines, equal ones in the order in which
 * they were started, never early, and each once.
 */

#include "task.h"

#define TIMERS 500

typedef struct {
  uvn_timer_t timer;
  int number;
} entry_t;

static entry_t entries[TIMERS];
static entry_t* last;
static int fired;


static void on_timer(uvn_timer_t* timer) {
  entry_t* entry = CONTAINER_OF(timer, entry_t, timer);

  ASSERT_PTR_EQ(entry, timer->data);
  ASSERT_EQ(0, timer->index);
  ASSERT_EQ(0, timer->cancelled);
  ASSERT_GE(uv_hrtime(), timer->when);
  if (last != NULL) {
    ASSERT_LE(last->timer.when, timer->when);
    if (last->timer.when == timer->when)
      ASSERT_LT(last->number, entry->number);
  }
  last = entry;
  fired++;
}


int main(void) {
  uint64_t start;
  int i;

  task_begin();
  srand(7);
  start = uv_hrtime();
  for (i = 0; i < TIMERS; i++) {
    entries[i].number = i;
    entries[i].timer.data = &entries[i];
    ASSERT_EQ(0, uvn_timer_start(&loop, &entries[i].timer,
                                 start + rand() % 100 * 500000, on_timer));
    ASSERT_EQ(UV_EBUSY, uvn_timer_start(&loop, &entries[i].timer, start,
                                        on_timer));
  }
  run();
  ASSERT_EQ(TIMERS, fired);
  ASSERT_EQ(0, loop.timers.size);
  task_end();
  return 0;
}
