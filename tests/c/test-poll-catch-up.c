/* SPDX-License-Identifier: MIT
 *
 * The catch_up hook is called once a poll that has found something, before
 * anybody hears of it, and may stop and close what was found.
 */

#include "task.h"

static uv_poll_t polls[2];
static uv_poll_t replacement;
static int fds[2][2];
static int fresh[2];
static int caught_up;
static int events;
static int fresh_events;
static enum { NOTHING, STOP, CLOSE, REPLACE } act;


static void on_poll(uv_poll_t* handle, int status, int what) {
  char byte;

  ASSERT_EQ(0, status);
  ASSERT_EQ(UV_READABLE, what);
  ASSERT_EQ(1, read(fds[handle - polls][0], &byte, 1));
  events++;
}


static void on_fresh(UNUSED uv_poll_t* handle, UNUSED int status,
                     UNUSED int what) {
  fresh_events++;
}


static int catch_up(UNUSED uvn_loop_t* hooked) {
  int i;

  caught_up++;
  if (act == STOP)
    for (i = 0; i < 2; i++)
      ASSERT_EQ(0, uv_poll_stop(&polls[i]));
  if (act == CLOSE || act == REPLACE)
    for (i = 0; i < 2; i++)
      uvn_poll_close(&polls[i], on_close);
  if (act == REPLACE) {
    /* Another file under a number that the poll has found. */
    make_pair(PIPE, fresh);
    ASSERT_EQ(fds[0][0], dup2(fresh[0], fds[0][0]));
    ASSERT_EQ(0, uvn_poll_init(&loop, &replacement, fds[0][0]));
    ASSERT_EQ(0, uvn_poll_start(&replacement, UV_READABLE, on_fresh));
  }
  return act != NOTHING;
}


static void play(int what, int expected_events) {
  int i;

  act = what;
  events = caught_up = 0;
  for (i = 0; i < 2; i++) {
    make_pair(PIPE, fds[i]);
    ASSERT_EQ(0, uvn_poll_init(&loop, &polls[i], fds[i][0]));
    ASSERT_EQ(0, uvn_poll_start(&polls[i], UV_READABLE, on_poll));
  }
  turns(2);
  ASSERT_EQ(0, caught_up);  /* It has found nothing. */
  for (i = 0; i < 2; i++)
    send_all(fds[i][1], "x", 1);
  turns(1);
  ASSERT_EQ(1, caught_up);
  ASSERT_EQ(expected_events, events);
  turns(2);
  ASSERT_EQ(1, caught_up);
  ASSERT_EQ(expected_events, events);
  if (act == NOTHING || act == STOP)
    for (i = 0; i < 2; i++)
      uvn_poll_close(&polls[i], on_close);
  if (act == REPLACE) {
    ASSERT_EQ(0, fresh_events);
    send_all(fresh[1], "x", 1);
    act = NOTHING;
    turns(1);
    ASSERT_EQ(1, fresh_events);
    uvn_poll_close(&replacement, on_close);
    close(fresh[0]);
    close(fresh[1]);
  }
  run();
  for (i = 0; i < 2; i++) {
    close(fds[i][0]);
    close(fds[i][1]);
  }
}


int main(void) {
  task_begin();
  loop.catch_up = catch_up;
  play(NOTHING, 2);
  play(STOP, 0);
  play(CLOSE, 0);
  play(REPLACE, 0);
  ASSERT_EQ(9, closed);
  task_end();
}
