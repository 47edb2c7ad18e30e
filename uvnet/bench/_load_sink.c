/* SPDX-License-Identifier: MIT
 *
 * Bulk send: every connection sends as fast as the server takes it and then
 * half-closes; the server answers with the number of bytes that it has
 * received, 8 bytes and big-endian, and closes.
 */

#ifdef __linux__

#include "_load.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#define ANSWER 8

/* One connection sends so often before the others have their turn. */
#define SENDS 16


static int sink_prepare(load_t* load) {
  unsigned int i;

  if (table_make(load, &load->requests, PATTERN_PERIOD, load->size))
    return -1;
  pattern_fill(load->requests.bytes, PATTERN_PERIOD, 0);
  table_repeat(&load->requests);
  load->request_size = load->size;
  load->reply_size = ANSWER;
  for (i = 0; i < load->count; i++) {
    load->connections[i].position =
        (size_t) i * PATTERN_STRIDE % PATTERN_PERIOD;
    load->connections[i].left = ANSWER;
  }
  return 0;
}


static bool all_begun(const load_t* load) {
  return load->expired ||
         (load->messages > 0 && load->issued == load->messages);
}


/* Here `completed` counts the bytes that a connection has sent, and `due` says
 * that they were the last.
 */
static int finish(load_t* load, connection_t* c) {
  if (c->due)
    return 0;
  c->due = 1;
  c->unsent = 0;
  connection_shutdown(load, c);
  return connection_watch(load, c, EPOLLIN);
}


static int sink_transmit(load_t* load, connection_t* c) {
  ssize_t n;
  int i;

  if (c->due)
    return 0;
  for (i = 0; i < SENDS; i++) {
    if (c->unsent == 0) {
      if (all_begun(load))
        return finish(load, c);
      load->issued++;
      c->unsent = load->size;
    }
    n = connection_send(load, c, load->requests.bytes + c->position,
                        (size_t) c->unsent);
    if (n == -1 && errno == EAGAIN)
      break;
    if (n == -1)
      return fail(load, c, FAULT_CLOSED, errno, "send after %llu bytes",
                  (unsigned long long) c->completed);
    c->completed += (uint64_t) n;
    c->unsent -= (uint64_t) n;
    c->position = table_wrap(&load->requests, c->position + (size_t) n);
    if (c->unsent > 0 && c->session == NULL)
      break; /* The socket is full. */
  }
  return connection_watch(load, c, EPOLLIN | EPOLLOUT);
}


static int sink_start(load_t* load) {
  unsigned int i;

  start_measuring(load);
  for (i = 0; i < load->count; i++) {
    load->connections[i].in_flight = 1;
    load->in_flight++;
    if (sink_transmit(load, &load->connections[i]))
      return -1;
  }
  return 0;
}


static int sink_consume(load_t* load, connection_t* c,
                        const unsigned char* data, size_t n) {
  for (; n > 0 && c->left > 0; n--, c->left--)
    c->count = c->count << 8 | *data++;
  if (n > 0)
    return fail(load, c, FAULT_SURPLUS, 0,
                "%zu bytes more than the count of %d bytes came back", n,
                ANSWER);
  if (c->left > 0)
    return 0;
  if (!c->due)
    return fail(load, c, FAULT_ANSWER, 0,
                "the server answered before the end of its input");
  if (c->count != c->completed)
    return fail(load, c, FAULT_ANSWER, 0,
                "the server says that it has received %llu bytes, sent were "
                "%llu",
                (unsigned long long) c->count,
                (unsigned long long) c->completed);
  c->in_flight = 0;
  load->in_flight--;
  load->bytes += c->count;
  load->completed = load->bytes / load->size;
  if (load->in_flight == 0) {
    load->now = clock_now();
    stop_measuring(load);
  }
  return 0;
}


static int sink_served(load_t* load, connection_t* c) {
  (void) load;
  (void) c;
  return 0;
}


static int sink_receive(load_t* load, connection_t* c) {
  ssize_t n;

  n = connection_recv(load, c);
  if (n == -1 && errno == EAGAIN)
    return 0;
  if (n > 0)
    return sink_consume(load, c, load->buffer, (size_t) n);
  if (c->left > 0)
    return fail(load, c, FAULT_CLOSED, n == 0 ? 0 : errno,
                "closed by the server after %llu bytes, without its count of "
                "them",
                (unsigned long long) c->completed);
  connection_end(load, c);
  return 0;
}


static int sink_expire(load_t* load) {
  unsigned int i;

  for (i = 0; i < load->count; i++)
    if (load->connections[i].state == OPEN &&
        finish(load, &load->connections[i]))
      return -1;
  return 0;
}


const kind_t sink_kind = {
  .name = "sink",
  .prepare = sink_prepare,
  .start = sink_start,
  .receive = sink_receive,
  .transmit = sink_transmit,
  .consume = sink_consume,
  .served = sink_served,
  .expire = sink_expire,
};

#endif /* __linux__ */
