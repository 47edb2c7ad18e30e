/* SPDX-License-Identifier: MIT
 *
 * Metrics: how long the loop waits for events, and how long events wait for it.
 *
 * Two readings of the clock a turn, which are 1 to 4 % of the instructions of a
 * busy echo server: nobody pays for them before somebody has asked.
 */

#include "uvn_internal.h"


/* The loop begins to run. */
void uvn__metrics_begin(uvn_loop_t* loop) {
  if (!loop->metrics.measured)
    return;
  loop->metrics.since = uv_hrtime();
  loop->metrics.since_ms = loop->uv.time;
}


/* It is about to look for events, or ends its run. */
void uvn__metrics_lag(uvn_loop_t* loop) {
  uint64_t now;
  uint64_t lag;

  if (!loop->metrics.measured)
    return;
  now = uv_hrtime();
  lag = now - loop->metrics.since;
  loop->metrics.busy += lag;
  if (lag > loop->metrics.max_lag)
    loop->metrics.max_lag = lag;
  loop->metrics.since = now;
  loop->metrics.since_ms = loop->uv.time;
}


/* A poll that may block has ended. */
void uvn__metrics_idle(uvn_loop_t* loop) {
  uint64_t now = uv_hrtime();

  loop->metrics.idle += now - loop->metrics.since;
  loop->metrics.since = now;
}


static void uvn__metrics_count(uvn_loop_t* loop) {
  uv_metrics_t counts;

  if (loop->metrics.closed || uv_metrics_info(&loop->uv, &counts) != 0)
    return;
  loop->metrics.turns = counts.loop_count;
  loop->metrics.events = counts.events;
}


void uvn__metrics_close(uvn_loop_t* loop) {
  uvn__metrics_count(loop);
  loop->metrics.closed = 1;  /* libuv's counters are gone. */
}


void uvn_loop_metrics(uvn_loop_t* loop, uvn_metrics_t* metrics, int reset) {
  uint64_t turns;

  uvn__metrics_count(loop);
  if (!loop->metrics.measured) {
    loop->metrics.measured = 1;
    loop->metrics.blocking = loop->released;  /* Another thread asks. */
    loop->metrics.turns_before = loop->metrics.turns;
    uvn__metrics_begin(loop);
  }
  turns = loop->metrics.turns - loop->metrics.turns_before;
  metrics->turns = loop->metrics.turns;
  metrics->events = loop->metrics.events;
  metrics->idle = loop->metrics.idle;
  metrics->lag = turns ? loop->metrics.busy / turns : 0;
  metrics->max_lag = loop->metrics.max_lag;
  if (reset) {
    loop->metrics.turns_before = loop->metrics.turns;
    loop->metrics.busy = loop->metrics.max_lag = 0;
  }
}
