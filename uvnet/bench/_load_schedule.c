/* SPDX-License-Identifier: MIT
 *
 * The open loop: messages leave on a fixed schedule, whatever the server does.
 *
 * Message k is due k / rate seconds after the first, on connection k modulo the
 * number of connections, and its latency counts from then. One that finds its
 * connection busy waits, and keeps its time: a server that stalls is charged
 * for every message that was due meanwhile, and not only for the one that it
 * held. (To leave those out is called coordinated omission.)
 */

#ifdef __linux__

#include "_load.h"

#include <math.h>


uint64_t schedule_due(const load_t* load, uint64_t message) {
  return load->epoch + (uint64_t) ((double) message * 1e9 / load->rate);
}


/* The warm-up's messages come first, and then those that are measured: so many
 * as were asked for, or as are due within the time.
 */
void schedule_start(load_t* load) {
  double within;

  load->epoch = load->now;
  load->planned = load->messages > 0 ? load->messages : UINT64_MAX / 2;
  if (load->duration > 0) {
    within = ceil((double) load->duration * load->rate / 1e9);
    if (within < (double) load->planned)
      load->planned = (uint64_t) within;
  }
  load->planned += load->warmup;
  load->started = schedule_due(load, load->warmup);
}


uint64_t schedule_next(const load_t* load) {
  return load->scheduled < load->planned ? schedule_due(load, load->scheduled)
                                         : UINT64_MAX;
}


/* Hands out the messages that have become due. */
int schedule_release(load_t* load) {
  connection_t* c;

  while (schedule_next(load) <= load->now) {
    if (load->scheduled == load->warmup)
      start_measuring(load);
    c = &load->connections[load->scheduled % load->count];
    load->scheduled++;
    c->due++;
    if (c->in_flight < load->depth && exchange_served(load, c))
      return -1;
  }
  return 0;
}

#endif /* __linux__ */
