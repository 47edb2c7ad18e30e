/* SPDX-License-Identifier: MIT
 *
 * A timer callback that closes a reading stream, stops a timer that is due in
 * the same turn and frees its memory, and frees its own.
 */

#include "task.h"

static uvn_stream_t stream;
static uvn_timer_t* second;
static int fired;


static void never(uvn_timer_t* timer) {
  (void) timer;
  ASSERT(0);
}


static void on_read(uvn_stream_t* s, ssize_t nread, const char* base) {
  (void) s;
  (void) nread;
  (void) base;
  ASSERT(0);
}


static void on_timer(uvn_timer_t* timer) {
  fired++;
  uvn_timer_stop(&loop, second);
  free(second);
  close_stream(&stream);
  free(timer);
}


int main(void) {
  uvn_timer_t* first = calloc(1, sizeof(*first));
  uint64_t soon;
  int peer;

  task_begin();
  second = calloc(1, sizeof(*second));
  peer = open_with_peer(PIPE, &stream);
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  soon = uv_hrtime() + 5 * NS_PER_MS;
  ASSERT_EQ(0, uvn_timer_start(&loop, first, soon, on_timer));
  ASSERT_EQ(0, uvn_timer_start(&loop, second, soon, never));
  run();
  ASSERT_EQ(1, fired);
  ASSERT_EQ(1, closed);
  close(peer);
  task_end();
  return 0;
}
