/* SPDX-License-Identifier: MIT
 *
 * Replies that are known byte by byte: what was sent comes back (echo), or a
 * source sends as many bytes of a ramp as it was asked for (source).
 */

#ifdef __linux__

#include "_load.h"

#include <string.h>

/* So much is sent in one call, of long messages or of many short ones. */
#define SEND_MAX ((size_t) 1 << 20)

/* Lines: so many different ones at least. */
#define LINES_MIN 7

#define RAMP 256


static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}


int echo_prepare(load_t* load) {
  connection_t* c;
  size_t period;
  size_t stride;
  size_t i;

  period = PATTERN_PERIOD;
  stride = 1;
  if (load->lines) {
    stride = load->size;
    period = PATTERN_PERIOD / load->size + 1;
    period = load->size * (period < LINES_MIN ? LINES_MIN : period);
  }
  if (table_make(load, &load->requests, period,
                 smaller(load->size * load->depth, SEND_MAX)))
    return -1;
  pattern_fill(load->requests.bytes, period, load->lines ? load->size : 0);
  table_repeat(&load->requests);

  load->request_size = load->size;
  load->reply_size = load->size;
  load->replies = load->requests;
  for (i = 0; i < load->count; i++) {
    c = &load->connections[i];
    c->position = i * PATTERN_STRIDE * stride % period;
    c->expected = c->position;
    c->left = load->size;
  }
  return 0;
}


/* Every request is the number of bytes wanted, 8 bytes and big-endian. */
static int source_prepare(load_t* load) {
  size_t i;

  if (table_make(load, &load->requests, 8, 8) ||
      table_make(load, &load->replies, RAMP,
                 smaller(load->size, load->buffer_size)))
    return -1;
  for (i = 0; i < 8; i++)
    load->requests.bytes[i] =
        (unsigned char) ((uint64_t) load->size >> 8 * (7 - i));
  for (i = 0; i < RAMP; i++)
    load->replies.bytes[i] = (unsigned char) i;
  table_repeat(&load->requests);
  table_repeat(&load->replies);

  load->request_size = 8;
  load->reply_size = load->size;
  load->reply_restarts = true;
  for (i = 0; i < load->count; i++)
    load->connections[i].left = load->size;
  return 0;
}


static int corrupt(load_t* load, const connection_t* c,
                   const unsigned char* data) {
  uint64_t offset;
  size_t i;

  i = reply_wrong_at(load, c, data);
  offset = load->reply_size - c->left + i;
  return fail(load, c, FAULT_CORRUPT, 0,
              "byte %llu of the stream came back as 0x%02x, %s 0x%02x (byte "
              "%llu of message %llu)",
              (unsigned long long) (c->completed * load->reply_size + offset),
              data[i], load->reply_restarts ? "must be" : "sent was",
              load->replies.bytes[c->expected + i], (unsigned long long) offset,
              (unsigned long long) c->completed);
}


int echo_consume(load_t* load, connection_t* c, const unsigned char* data,
                 size_t n) {
  if (n >= c->left || load->datagrams)
    load->now = clock_now();
  if (load->datagrams && n < c->left && c->in_flight > 0)
    return fail(load, c, FAULT_CORRUPT, 0,
                "a datagram of %zu bytes came back, sent were %zu (message "
                "%llu)",
                n, load->size, (unsigned long long) c->completed);
  while (n > 0) {
    if (c->in_flight == 0)
      return exchange_surplus(load, c, n);
    if (!reply_advance(load, c, &data, &n))
      return corrupt(load, c, data);
    if (c->left > 0)
      break;
    if (load->datagrams && n > 0)
      return exchange_surplus(load, c, n);
    exchange_complete(load, c);
  }
  return 0;
}


const kind_t echo_kind = {
  EXCHANGES,
  .name = "echo",
  .in_flight = true,
  .prepare = echo_prepare,
  .consume = echo_consume,
};

const kind_t source_kind = {
  EXCHANGES,
  .name = "source",
  .prepare = source_prepare,
  .consume = echo_consume,
};

#endif /* __linux__ */
