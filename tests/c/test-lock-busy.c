/* SPDX-License-Identifier: MIT
 *
 * A loop that never blocks gives up the lock for a moment, about every 5 ms.
 */

#include "task.h"

static int held = 1;
static int releases;
static uint64_t last;
static uint64_t shortest = 1000;


static void on_release(uvn_loop_t* l) {
  uint64_t now = now_ms();

  (void) l;
  ASSERT_EQ(1, held);
  held = 0;
  if (releases++ > 0 && now - last < shortest)
    shortest = now - last;
  last = now;
}


static void on_acquire(uvn_loop_t* l) {
  (void) l;
  ASSERT_EQ(0, held);
  held = 1;
}


static void on_idle(uv_idle_t* handle) {
  (void) handle;
  ASSERT_EQ(1, held);
}


int main(void) {
  uv_idle_t idle;
  uint64_t start;

  task_begin();
  loop.release = on_release;
  loop.acquire = on_acquire;
  uv_idle_init(&loop.uv, &idle);
  uv_idle_start(&idle, on_idle);
  start = now_ms();
  run_blocking_for(200);
  ASSERT_LE(releases, (now_ms() - start) / 4 + 2);
  ASSERT_GE(releases, 4);  /* 40, if nobody else uses this machine. */
  ASSERT_GE(shortest, 4);
  uv_close((uv_handle_t*) &idle, on_close);
  run();
  ASSERT_EQ(1, closed);
  ASSERT_EQ(1, held);
  task_end();
  return 0;
}
