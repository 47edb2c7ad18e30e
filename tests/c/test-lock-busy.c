/* SPDX-License-Identifier: MIT
 *
 * A loop that never blocks keeps its lock, and attends to whoever wants it every
 * 5 ms, where callbacks are allowed.
 */

#include "task.h"

static int held = 1;
static int releases;
static int attended;
static int timers;
static uint64_t last;
static uint64_t shortest = 1000;
static uvn_timer_t timer;


static void on_release(uvn_loop_t* l) {
  (void) l;
  ASSERT_EQ(1, held);
  held = 0;
  releases++;
}


static void on_acquire(uvn_loop_t* l) {
  (void) l;
  ASSERT_EQ(0, held);
  held = 1;
}


static void on_timer(uvn_timer_t* t) {
  ASSERT_PTR_EQ(&timer, t);
  timers++;
}


static void on_attend(uvn_loop_t* l) {
  uint64_t now = uv_now(&l->uv);

  ASSERT_PTR_EQ(&loop, l);
  ASSERT_EQ(1, held);
  ASSERT_EQ(0, l->released);
  if (attended++ > 0 && now - last < shortest)
    shortest = now - last;
  last = now;
  if (attended == 1)  /* It may do what callbacks may. */
    ASSERT_EQ(0, uvn_timer_start(l, &timer, uv_hrtime(), on_timer));
  if (attended == 10)
    uvn_loop_stop(l);
}


static void on_idle(uv_idle_t* handle) {
  (void) handle;
  ASSERT_EQ(1, held);
}


int main(void) {
  uv_idle_t idle;

  task_begin();
  loop.release = on_release;
  loop.acquire = on_acquire;
  loop.attend = on_attend;
  uv_idle_init(&loop.uv, &idle);
  uv_idle_start(&idle, on_idle);
  ASSERT_EQ(1, uvn_loop_run(&loop));
  ASSERT_EQ(10, attended);
  ASSERT_EQ(0, releases);
  ASSERT_EQ(1, timers);
  ASSERT_GE(shortest, 5);
  uv_close((uv_handle_t*) &idle, on_close);
  turns(1);
  ASSERT_EQ(1, closed);
  ASSERT_EQ(1, held);
  task_end();
  return 0;
}
