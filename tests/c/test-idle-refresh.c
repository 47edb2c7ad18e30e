/* SPDX-License-Identifier: MIT
 *
 * An idle timeout fires once after its duration of silence; a refresh postpones
 * it, stop prevents it, start again moves it to another duration; and none of
 * them keeps the loop running.
 */

#include "task.h"

static uint64_t last_refresh;
static int fired;


static void on_idle(uvn_idle_t* idle) {
  ASSERT_PTR_EQ(NULL, idle->list);
  ASSERT_GE(uv_now(&loop.uv) - last_refresh, 30);
  fired++;
}


static void never(uvn_idle_t* idle) {
  (void) idle;
  ASSERT(0);
}


int main(void) {
  uvn_idle_t stopped;
  uvn_idle_t moved;
  uvn_idle_t idle;
  uint64_t start;

  task_begin();
  memset(&idle, 0, sizeof(idle));
  memset(&stopped, 0, sizeof(stopped));
  memset(&moved, 0, sizeof(moved));
  uvn_idle_refresh(&loop, &idle);  /* Not armed: nothing. */
  uvn_idle_stop(&idle);

  uv_update_time(&loop.uv);
  ASSERT_EQ(0, uvn_idle_start(&loop, &idle, 30, on_idle));
  ASSERT_EQ(0, uvn_idle_start(&loop, &stopped, 30, never));
  ASSERT_EQ(0, uvn_idle_start(&loop, &moved, 30, never));
  start = now_ms();
  run();  /* Does not wait. */
  ASSERT_LT(now_ms() - start, 1000);
  ASSERT_EQ(0, fired);

  uvn_idle_stop(&stopped);
  ASSERT_EQ(0, uvn_idle_start(&loop, &moved, 100000, never));
  while (now_ms() - start < 100) {
    run_blocking_for(10);
    last_refresh = uv_now(&loop.uv);
    uvn_idle_refresh(&loop, &idle);
  }
  /* 30 ms may have passed on a busy machine, but not 10 times. */
  ASSERT_LE(fired, 2);
  if (fired > 0) {
    fired = 0;
    ASSERT_EQ(0, uvn_idle_start(&loop, &idle, 30, on_idle));
  }
  while (!fired)
    run_blocking_for(5);
  run_blocking_for(40);
  ASSERT_EQ(1, fired);

  /* Having fired, a refresh arms it anew; having been stopped, it does not. */
  uv_update_time(&loop.uv);
  last_refresh = uv_now(&loop.uv);
  uvn_idle_refresh(&loop, &idle);
  while (fired < 2)
    run_blocking_for(5);
  uvn_idle_stop(&idle);
  uvn_idle_refresh(&loop, &idle);
  ASSERT_PTR_EQ(NULL, idle.list);
  uvn_idle_stop(&moved);
  task_end();
  return 0;
}
