/* SPDX-License-Identifier: MIT
 *
 * Loads of connections: each carries one message, and then there is another.
 *
 * churn: in every slot connect, send a message, await its echo, reset, again.
 * storm: all slots connect at once, and then all at once again.
 */

#ifdef __linux__

#include "_load.h"

#include <stddef.h>


static int cycle(load_t* load, connection_t* c) {
  if (exchange_over(load))
    return 0;
  exchange_issue(load, c, load->now);
  return connection_open(load, c);
}


static int churn_start(load_t* load) {
  unsigned int i;

  if (load->warmup == 0)
    start_measuring(load);
  for (i = 0; i < load->count; i++)
    if (cycle(load, &load->connections[i]))
      return -1;
  return 0;
}


static int churn_served(load_t* load, connection_t* c) {
  if (c->in_flight > 0)
    return 0;
  connection_reset(load, c);
  return cycle(load, c);
}


/* All of the last storm have been served. */
static int storm_round(load_t* load) {
  connection_t* c;
  unsigned int i;

  if (load->expired) {
    stop_measuring(load);
    return 0;
  }
  for (i = 0; i < load->count; i++)
    if (load->connections[i].state == OPEN)
      connection_reset(load, &load->connections[i]);

  load->now = clock_now();
  if (!load->measuring && load->completed >= load->warmup)
    start_measuring(load);
  for (i = 0; i < load->count; i++) {
    c = &load->connections[i];
    exchange_issue(load, c, load->now);
    if (connection_open(load, c))
      return -1;
  }
  return 0;
}


static int storm_served(load_t* load, connection_t* c) {
  (void) load;
  (void) c;
  return 0;
}


static int storm_expire(load_t* load) {
  (void) load; /* The storm goes on until its end. */
  return 0;
}


const kind_t churn_kind = {
  .name = "churn",
  .reconnects = true,
  .prepare = echo_prepare,
  .start = churn_start,
  .opened = exchange_transmit,
  .receive = exchange_receive,
  .transmit = exchange_transmit,
  .consume = echo_consume,
  .served = churn_served,
  .expire = exchange_expire,
};

const kind_t storm_kind = {
  .name = "storm",
  .reconnects = true,
  .prepare = echo_prepare,
  .round = storm_round,
  .opened = exchange_transmit,
  .receive = exchange_receive,
  .transmit = exchange_transmit,
  .consume = echo_consume,
  .served = storm_served,
  .expire = storm_expire,
};

#endif /* __linux__ */
