/* SPDX-License-Identifier: MIT
 *
 * A hundred thousand random operations on timers against a model that has no
 * heap: an array of what should be scheduled.
 */

#include "task.h"

#define TIMERS 300
#define STEPS 100000

typedef struct {
  uvn_timer_t timer;
  enum { IDLE, LIVE, DEAD } state;
  int referenced;
} entry_t;

static entry_t entries[TIMERS];
static uint64_t now;
static int starting;  /* Callbacks start timers. */


static void on_timer(uvn_timer_t* timer) {
  entry_t* entry = CONTAINER_OF(timer, entry_t, timer);

  if (timer->cancelled) {
    ASSERT_EQ(DEAD, entry->state);
  } else {
    ASSERT_EQ(LIVE, entry->state);
    ASSERT_LE(timer->when, uv_hrtime());
  }
  entry->state = IDLE;
  if (starting && rand() % 4 == 0) {
    ASSERT_EQ(0, uvn_timer_start(&loop, timer, uv_hrtime() + rand() % 1000000,
                                 on_timer));
    entry->state = LIVE;
    entry->referenced = 1;
  }
}


static void check_heap(void) {
  uvn_timers_t* t = &loop.timers;
  unsigned scheduled = 0;
  unsigned dead = 0;
  unsigned referenced = 0;
  unsigned i;

  for (i = 0; i < TIMERS; i++) {
    ASSERT_EQ(entries[i].state != IDLE, entries[i].timer.index != 0);
    scheduled += entries[i].state != IDLE;
    dead += entries[i].state == DEAD;
    referenced += entries[i].state == LIVE && entries[i].referenced;
  }
  ASSERT_EQ(scheduled, t->size);
  ASSERT_EQ(dead, t->cancelled);
  ASSERT_EQ(referenced, t->referenced);
  for (i = 0; i < t->size; i++) {
    ASSERT_EQ(i + 1, t->heap[i]->index);
    if (i > 0)
      ASSERT_LE(t->heap[(i - 1) / 2]->when, t->heap[i]->when);
  }
}


int main(void) {
  entry_t* entry;
  unsigned i;
  int step;

  task_begin();
  srand(20);
  starting = 1;
  for (step = 0; step < STEPS; step++) {
    entry = &entries[rand() % TIMERS];
    now = uv_hrtime();
    switch (rand() % 8) {
      case 0:
      case 1:
      case 2:
        ASSERT_EQ(entry->state == IDLE ? 0 : UV_EBUSY,
                  uvn_timer_start(&loop, &entry->timer,
                                  now + rand() % 20000000, on_timer));
        if (entry->state == IDLE) {
          entry->state = LIVE;
          entry->referenced = 1;
        }
        break;
      case 3:
        uvn_timer_stop(&loop, &entry->timer);
        entry->state = IDLE;
        break;
      case 4:
      case 5:
        /* The call may give others back at once, and this one as well. */
        if (entry->state == LIVE)
          entry->state = DEAD;
        uvn_timer_cancel(&loop, &entry->timer);
        break;
      case 6:
        i = rand() % 2;
        uvn_timer_set_ref(&loop, &entry->timer, i);
        if (entry->state == LIVE)
          entry->referenced = i;
        break;
      default:
        if (rand() % 20 == 0)
          uvn_loop_turn(&loop);
    }
    if (step % 100 == 0)
      check_heap();
  }

  starting = 0;
  for (i = 0; i < TIMERS; i++)
    uvn_timer_set_ref(&loop, &entries[i].timer, 1);
  for (i = 0; i < TIMERS; i++)
    if (entries[i].state == LIVE)
      entries[i].referenced = 1;
  run();
  for (i = 0; i < TIMERS; i++)
    ASSERT_NE(LIVE, entries[i].state);
  check_heap();
  for (i = 0; i < TIMERS; i++)
    uvn_timer_stop(&loop, &entries[i].timer);
  task_end();
  return 0;
}
