/* SPDX-License-Identifier: MIT
 *
 * Ten thousand entries of a hundred durations, refreshed, stopped and armed at
 * random, against a model: none fires before its time, and all do in the end.
 * The heap holds one entry a duration, and each list is in order.
 */

#include "task.h"

#define ENTRIES 10000
#define DURATIONS 100

typedef struct {
  uvn_idle_t idle;
  uint64_t due;  /* 0: not armed. */
  uint64_t duration;
  int fired;
} entry_t;

static entry_t entries[ENTRIES];
static int fired;


static void on_idle(uvn_idle_t* idle) {
  entry_t* entry = CONTAINER_OF(idle, entry_t, idle);

  ASSERT_NE(0, entry->due);
  ASSERT_GE(uv_now(&loop.uv), entry->due);
  entry->due = 0;
  entry->fired++;
  fired++;
}


static void arm(entry_t* entry) {
  entry->duration = 20 + rand() % DURATIONS;
  ASSERT_EQ(0, uvn_idle_start(&loop, &entry->idle, entry->duration, on_idle));
  entry->due = uv_now(&loop.uv) + entry->duration;
}


/* From an entry to the end of its list, which belongs to no list. */
static void check_order(const uvn_idle_t* idle) {
  if (idle->list == NULL)
    return;
  for (; idle->next->list != NULL; idle = idle->next) {
    ASSERT_LE(idle->start, idle->next->start);
    ASSERT_PTR_EQ(idle, idle->next->prev);
  }
}


int main(void) {
  entry_t* entry;
  uint64_t start;
  int i;

  task_begin();
  srand(3);
  for (i = 0; i < ENTRIES; i++)
    arm(&entries[i]);
  ASSERT_EQ(DURATIONS, loop.timers.size);
  start = now_ms();
  while (now_ms() - start < 300) {
    for (i = 0; i < 1000; i++) {
      entry = &entries[rand() % ENTRIES];
      switch (rand() % 10) {
        case 0:
          arm(entry);
          break;
        case 1:
          uvn_idle_stop(&entry->idle);
          entry->duration = 0;
          entry->due = 0;
          break;
        default:  /* What has fired is armed anew, what was stopped is not. */
          uvn_idle_refresh(&loop, &entry->idle);
          if (entry->duration != 0)
            entry->due = uv_now(&loop.uv) + entry->duration;
      }
    }
    ASSERT_LE(loop.timers.size, DURATIONS);
    for (i = 0; i < 20; i++)
      check_order(&entries[i].idle);
    run_blocking_for(1);
  }
  ASSERT_GT(fired, 0);

  run_blocking_for(20 + DURATIONS + 50);
  for (i = 0; i < ENTRIES; i++) {
    ASSERT_EQ(0, entries[i].due);
    ASSERT_PTR_EQ(NULL, entries[i].idle.list);
  }
  ASSERT_EQ(0, loop.timers.size);
  task_end();
  return 0;
}
