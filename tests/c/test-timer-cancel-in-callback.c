/* SPDX-License-Identifier: MIT
 *
 * The callbacks of cancelled timers, which come in bulk, start timers again,
 * their own and others that are still to be given back, stop such and free
 * their memory, and cancel more.
 */

#include "task.h"

#define TIMERS 400

typedef struct {
  uvn_timer_t timer;
  int number;
  int calls;
} entry_t;

static entry_t* entries[TIMERS];
static uvn_timer_t extra[TIMERS];
static int restarted;
static int freed;
static int called;


static void on_extra(uvn_timer_t* timer) {
  (void) timer;
  called++;
}


static void on_timer(uvn_timer_t* timer) {
  entry_t* entry = CONTAINER_OF(timer, entry_t, timer);
  entry_t* other;
  int n = entry->number;

  ASSERT_EQ(0, entry->calls++);
  if (!timer->cancelled)
    return;
  called++;
  switch (n % 4) {
    case 0:  /* Starts another that is not given back yet, or was. */
      other = entries[(n + 201) % TIMERS];
      if (other != NULL && other->calls == 0 &&
          uvn_timer_start(&loop, &other->timer, uv_hrtime(), on_timer) == 0)
        restarted++;
      break;
    case 1:  /* Stops and frees one. */
      other = entries[(n + 101) % TIMERS];
      if (other != NULL && other != entry && other->calls == 0) {
        uvn_timer_stop(&loop, &other->timer);
        ASSERT_EQ(0, other->timer.index);
        entries[other->number] = NULL;
        free(other);
        freed++;
      }
      break;
    case 2:  /* Starts and cancels more. */
      ASSERT_EQ(0, uvn_timer_start(&loop, &extra[n], uv_hrtime() + n,
                                   on_extra));
      uvn_timer_cancel(&loop, &extra[n]);
      break;
    default:  /* Starts itself. */
      entry->calls = 0;
      ASSERT_EQ(0, uvn_timer_start(&loop, &entry->timer, uv_hrtime(),
                                   on_timer));
  }
}


int main(void) {
  int i;

  task_begin();
  for (i = 0; i < TIMERS; i++) {
    entries[i] = calloc(1, sizeof(*entries[i]));
    entries[i]->number = i;
    ASSERT_EQ(0, uvn_timer_start(&loop, &entries[i]->timer,
                                 uv_hrtime() + 3600 * (uint64_t) 1e9 + i,
                                 on_timer));
  }
  for (i = 0; i < TIMERS; i++)
    if (entries[i] != NULL)
      uvn_timer_cancel(&loop, &entries[i]->timer);
  run();
  ASSERT_GT(called, 0);
  ASSERT_GT(freed, 0);
  ASSERT_EQ(0, loop.timers.size);
  ASSERT_EQ(0, loop.timers.cancelled);
  ASSERT_EQ(0, loop.timers.referenced);
  for (i = 0; i < TIMERS; i++) {
    if (entries[i] != NULL)
      ASSERT_EQ(1, entries[i]->calls);
    free(entries[i]);
  }
  task_end();
  return 0;
}
