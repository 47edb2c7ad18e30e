/* SPDX-License-Identifier: MIT
 *
 * A timer that a callback starts waits for the next turn, even with a deadline
 * in the past, so that input and output are served in between; and timers that
 * always start again do not starve one that is due.
 */

#include "task.h"

static uvn_timer_t again;
static uvn_timer_t due;
static int fired;
static int fired_in_turn;
static int due_fired;
static int reads;


static void on_check(uv_check_t* handle) {
  (void) handle;
  fired_in_turn = 0;
}


static void on_again(uvn_timer_t* timer) {
  ASSERT_EQ(0, fired_in_turn);
  fired_in_turn++;
  fired++;
  if (!due_fired || reads == 0)
    ASSERT_EQ(0, uvn_timer_start(&loop, timer, 0, on_again));
}


static void on_due(uvn_timer_t* timer) {
  (void) timer;
  due_fired++;
}


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) base;
  ASSERT_EQ(1, nread);
  reads++;
  close_stream(stream);
}


int main(void) {
  uvn_stream_t stream;
  uv_check_t check;
  int peer;

  task_begin();
  uv_check_init(&loop.uv, &check);
  uv_check_start(&check, on_check);
  uv_unref((uv_handle_t*) &check);
  peer = open_with_peer(PIPE, &stream);
  ASSERT_EQ(0, uvn_read_start(&stream, on_read));
  send_all(peer, "x", 1);

  ASSERT_EQ(0, uvn_timer_start(&loop, &again, 0, on_again));
  ASSERT_EQ(0, uvn_timer_start(&loop, &due, uv_hrtime() + 5 * NS_PER_MS,
                               on_due));
  RUN_UNTIL(due_fired && reads && loop.timers.size == 0);
  ASSERT_EQ(1, due_fired);
  ASSERT_EQ(1, reads);
  ASSERT_GT(fired, 1);

  uv_close((uv_handle_t*) &check, NULL);
  turns(1);
  close(peer);
  task_end();
  return 0;
}
