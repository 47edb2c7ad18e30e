/* SPDX-License-Identifier: MIT
 *
 * Signals interrupt the poll all the time: release and acquire stay in step,
 * and the poll ends when it should.
 */

#include "task.h"

#include <pthread.h>

static _Atomic int held = 1;
static int releases;
static int fired;


static void on_signal(int number) {
  (void) number;
}


static void on_release(uvn_loop_t* l) {
  (void) l;
  ASSERT_EQ(1, held);
  held = 0;
  releases++;
}


static void on_acquire(uvn_loop_t* l) {
  (void) l;
  ASSERT_EQ(0, held);
  errno = ENOENT;  /* libuv wants to see what the poll left here. */
  held = 1;
}


static void on_timer(uvn_timer_t* timer) {
  (void) timer;
  ASSERT_EQ(1, held);
  fired++;
}


int main(void) {
  struct itimerval every_ms = { { 0, 1000 }, { 0, 1000 } };
  struct itimerval never = { { 0, 0 }, { 0, 0 } };
  uvn_timer_t timer;
  uint64_t start;

  task_begin();
  loop.release = on_release;
  loop.acquire = on_acquire;
  signal(SIGALRM, on_signal);
  memset(&timer, 0, sizeof(timer));
  start = uv_hrtime();
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, start + 100 * NS_PER_MS,
                               on_timer));
  ASSERT_EQ(0, setitimer(ITIMER_REAL, &every_ms, NULL));
  run();
  ASSERT_EQ(0, setitimer(ITIMER_REAL, &never, NULL));
  ASSERT_EQ(1, fired);
  ASSERT_GE(uv_hrtime() - start, 100 * NS_PER_MS);
  ASSERT_GT(releases, 10);  /* It was interrupted. */
  ASSERT_EQ(1, held);
  ASSERT_EQ(0, loop.released);
  task_end();
  return 0;
}
