/* SPDX-License-Identifier: MIT
 *
 * The lock is given up around a poll that blocks, and not around one that does
 * not; release and acquire alternate; `released` is set in between, and time
 * has been read again after the lock was taken.
 */

#include "task.h"

static int held = 1;
static int releases;
static int fired;


static void on_release(uvn_loop_t* l) {
  ASSERT_PTR_EQ(&loop, l);
  ASSERT_PTR_EQ(&held, l->lock);
  ASSERT_EQ(1, held);
  ASSERT_EQ(1, l->released);
  held = 0;
  releases++;
}


static void on_acquire(uvn_loop_t* l) {
  ASSERT_EQ(0, held);
  ASSERT_EQ(1, l->released);
  usleep(200000);  /* The lock was another thread's for so long. */
  held = 1;
}


static void on_timer(uvn_timer_t* timer) {
  (void) timer;
  ASSERT_EQ(1, held);
  ASSERT_EQ(0, loop.released);
  ASSERT_GE(uv_now(&loop.uv) + 150, now_ms());
  fired++;
}


int main(void) {
  uvn_timer_t timer;
  int i;

  task_begin();
  loop.release = on_release;
  loop.acquire = on_acquire;
  loop.lock = &held;

  memset(&timer, 0, sizeof(timer));
  for (i = 1; i <= 5; i++) {
    ASSERT_EQ(0, uvn_timer_start(&loop, &timer, uv_hrtime() + 10 * NS_PER_MS,
                                 on_timer));
    run();
    ASSERT_EQ(i, fired);
    ASSERT_EQ(i, releases);
    ASSERT_EQ(1, held);
  }

  /* A turn that does not block, right after the lock was free. */
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, uv_hrtime() + 1000000 *
                               (uint64_t) NS_PER_MS, on_timer));
  turns(1);
  ASSERT_EQ(5, releases);
  uvn_timer_stop(&loop, &timer);
  loop.release = NULL;
  task_end();
  return 0;
}
