/* SPDX-License-Identifier: MIT
 *
 * A close callback that frees its stream, closes another, opens a new one in
 * its place and starts a timer.
 */

#include "task.h"

static uvn_stream_t* other;
static uvn_stream_t fresh;
static uvn_timer_t timer;
static int fired;


static void on_timer(uvn_timer_t* t) {
  (void) t;
  fired++;
  close_stream(&fresh);
}


static void on_free(uv_handle_t* handle) {
  closed++;
  free(CONTAINER_OF(handle, uvn_stream_t, u.handle));
}


static void on_first(uv_handle_t* handle) {
  uvn_close(other, on_free);
  init_stream(TCP, &fresh);
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, uv_hrtime(), on_timer));
  on_free(handle);
}


int main(void) {
  uvn_stream_t* first = malloc(sizeof(*first));
  int peers[2];

  task_begin();
  other = malloc(sizeof(*other));
  peers[0] = open_with_peer(TCP, first);
  peers[1] = open_with_peer(PIPE, other);
  uvn_close(first, on_first);
  run();
  ASSERT_EQ(1, fired);
  ASSERT_EQ(3, closed);
  recv_eof(peers[0]);
  recv_eof(peers[1]);
  close(peers[0]);
  close(peers[1]);
  task_end();
  return 0;
}
