/* SPDX-License-Identifier: MIT
 *
 * A timer that is started where a turn has looked for timers already, in a
 * check or a close callback, keeps a loop running that is otherwise finished.
 */

#include "task.h"

static uvn_timer_t timer;
static int fired;


static void on_timer(uvn_timer_t* t) {
  (void) t;
  fired++;
}


static void start_timer(void) {
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, uv_hrtime() + 5 * NS_PER_MS,
                               on_timer));
}


static void on_check(uv_check_t* handle) {
  uv_check_stop(handle);
  start_timer();
}


static void on_closed(uv_handle_t* handle) {
  (void) handle;
  start_timer();
}


int main(void) {
  uvn_stream_t stream;
  uv_check_t check;

  task_begin();
  uv_check_init(&loop.uv, &check);
  uv_check_start(&check, on_check);
  uv_unref((uv_handle_t*) &check);
  init_stream(TCP, &stream);
  close_stream(&stream);  /* Something to run for. */
  run();
  ASSERT_EQ(1, fired);
  uv_close((uv_handle_t*) &check, on_closed);
  run();
  ASSERT_EQ(2, fired);
  task_end();
  return 0;
}
