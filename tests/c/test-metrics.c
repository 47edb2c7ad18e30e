/* SPDX-License-Identifier: MIT
 *
 * What the loop measures: nothing before it is asked; then its sleep as idle
 * time, its callbacks as lag, and each only once. Of a closed loop too.
 */

#include "task.h"

#define NAP_MS 20

static uvn_timer_t timer;
static uv_idle_t busy;
static int idled;


static void nap(uvn_timer_t* t) {
  (void) t;
  uv_sleep(NAP_MS);
}


static void on_idle(uv_idle_t* handle) {
  if (++idled == 1000)
    uv_close((uv_handle_t*) handle, NULL);
}


static void run_timer(uint64_t in_ms) {
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer,
                               uv_hrtime() + in_ms * NS_PER_MS, nap));
  ASSERT_EQ(0, uvn_loop_run(&loop));
}


int main(void) {
  uvn_metrics_t first;
  uvn_metrics_t found;
  uint64_t start;

  task_begin();
  run_timer(1);
  uvn_loop_metrics(&loop, &first, 0);
  ASSERT_GT(first.turns, 0);
  ASSERT_EQ(0, first.idle);
  ASSERT_EQ(0, first.lag);
  ASSERT_EQ(0, first.max_lag);

  start = uv_hrtime();
  ASSERT_EQ(0, uvn_loop_wakeup(&loop));
  run_timer(2 * NAP_MS);
  uvn_loop_metrics(&loop, &found, 1);
  ASSERT_GT(found.turns, first.turns);
  ASSERT_EQ(found.events, first.events + 1);  /* Timers are none. */
  ASSERT_GE(found.idle, NAP_MS * NS_PER_MS);
  ASSERT_GE(found.max_lag, NAP_MS * NS_PER_MS);
  ASSERT_LT(found.lag, found.max_lag);
  ASSERT_LE(found.idle + found.max_lag, uv_hrtime() - start);

  uvn_loop_metrics(&loop, &found, 0);
  ASSERT_EQ(0, found.lag);
  ASSERT_EQ(0, found.max_lag);

  /* Turns that do not block: no idle time, and each counts. */
  first = found;
  uv_idle_init(&loop.uv, &busy);
  uv_idle_start(&busy, on_idle);
  start = uv_hrtime();
  ASSERT_EQ(0, uvn_loop_run(&loop));
  uvn_loop_metrics(&loop, &found, 0);
  ASSERT_GE(found.turns - first.turns, 1000);
  ASSERT_LE(found.turns - first.turns, 1002);
  ASSERT_EQ(first.idle, found.idle);
  ASSERT_LE(found.lag * (found.turns - first.turns), uv_hrtime() - start);

  task_end();
  uvn_loop_metrics(&loop, &first, 0);
  ASSERT_GE(first.turns, found.turns);
  ASSERT_EQ(first.idle, found.idle);
  return 0;
}
