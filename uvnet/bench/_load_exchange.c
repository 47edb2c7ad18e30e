/* SPDX-License-Identifier: MIT
 *
 * Requests and their replies: how messages are issued, sent, awaited and
 * measured. What a reply must be is the kind's business.
 *
 * In the closed loop each connection keeps `depth` messages in flight, and the
 * next is sent when a reply is complete and every byte of it is right. The rate
 * found is therefore the server's own, not that of a queue in front of it. In
 * the open loop messages are issued as the schedule makes them due.
 */

#ifdef __linux__

#include "_load.h"

#include <errno.h>
#include <sys/epoll.h>


/* Whether the closed loop has no further message to send. */
bool exchange_over(const load_t* load) {
  return load->measured ||
         (load->messages > 0 && load->issued == load->warmup + load->messages);
}


/* Counts a message in on a connection that has room for it. */
void exchange_issue(load_t* load, connection_t* c, uint64_t began) {
  unsigned int last;

  last = c->first + c->in_flight;
  c->began[last < load->depth ? last : last - load->depth] = began;
  c->in_flight++;
  c->issued++;
  c->unsent += load->request_size;
  load->in_flight++;
  load->issued++;
}


/* Tops up what is in flight, with one send for all that is issued at once. */
int exchange_served(load_t* load, connection_t* c) {
  uint64_t message;

  if (load->rate == 0) {
    while (c->in_flight < load->depth && !exchange_over(load))
      exchange_issue(load, c, load->now);
  } else {
    while (c->in_flight < load->depth && c->issued < c->due) {
      message = c->issued * load->count + (uint64_t) (c - load->connections);
      exchange_issue(load, c, schedule_due(load, message));
    }
  }
  return c->unsent > 0 ? exchange_transmit(load, c) : 0;
}


int exchange_start(load_t* load) {
  unsigned int i;

  if (load->rate > 0) {
    schedule_start(load);
    return schedule_release(load);
  }
  if (load->warmup == 0)
    start_measuring(load);
  for (i = 0; i < load->count; i++) {
    load->now = clock_now();
    if (exchange_served(load, &load->connections[i]))
      return -1;
  }
  return 0;
}


/* Sends what the socket takes of the messages in flight. */
int exchange_transmit(load_t* load, connection_t* c) {
  size_t most;
  ssize_t n;

  while (c->unsent > 0) {
    most = load->datagrams ? load->request_size : load->requests.run;
    if (most > c->unsent)
      most = (size_t) c->unsent;
    n = connection_send(load, c, load->requests.bytes + c->position, most);
    if (n == -1 && errno == EAGAIN)
      break;
    if (n == -1)
      return fail(load, c, FAULT_CLOSED, errno,
                  "send of message %llu, %llu bytes of what is in flight left",
                  (unsigned long long) c->completed,
                  (unsigned long long) c->unsent);
    c->position = table_wrap(&load->requests, c->position + (size_t) n);
    c->unsent -= (size_t) n;
  }
  return connection_watch(load, c, EPOLLIN | (c->unsent > 0 ? EPOLLOUT : 0));
}


/* The oldest message in flight has its whole reply, which came at load->now;
 * the next reply is awaited.
 */
void exchange_complete(load_t* load, connection_t* c) {
  uint64_t began;

  c->left = load->reply_size;
  if (load->reply_restarts)
    c->expected = 0;
  began = c->began[c->first];
  if (++c->first == load->depth)
    c->first = 0;
  c->in_flight--;
  c->completed++;
  load->in_flight--;
  load->completed++;

  if (load->rate > 0) {
    if (began >= load->started)
      histogram_add(&load->histogram, load->now - began);
    if (load->completed == load->planned)
      stop_measuring(load);
  } else if (load->measuring) {
    histogram_add(&load->histogram, load->now - began);
    if (load->messages > 0 && load->histogram.total == load->messages)
      stop_measuring(load);
  } else if (!load->measured && load->completed == load->warmup) {
    start_measuring(load);
  }
}


int exchange_expire(load_t* load) {
  stop_measuring(load);
  return 0;
}


int exchange_surplus(load_t* load, const connection_t* c, size_t n) {
  return fail(
      load, c, FAULT_SURPLUS, 0,
      "%zu bytes more than were %s came back after the reply of message "
      "%llu",
      n, load->kind == &echo_kind ? "sent" : "asked for",
      (unsigned long long) c->completed - 1);
}


/* The server has ended the connection: fine only when it owes us nothing. */
int exchange_closed(load_t* load, connection_t* c, int err) {
  if (c->in_flight == 0 && (load->closing || load->measured ||
                            (load->rate == 0 && exchange_over(load)))) {
    connection_end(load, c);
    return 0;
  }
  if (c->in_flight == 0)
    return fail(load, c, FAULT_CLOSED, err,
                "closed by the server before message %llu",
                (unsigned long long) c->issued);
  return fail(load, c, FAULT_CLOSED, err,
              "closed by the server in message %llu, %zu of %zu bytes received",
              (unsigned long long) c->completed, load->reply_size - c->left,
              load->reply_size);
}


int exchange_receive(load_t* load, connection_t* c) {
  ssize_t n;

  do {
    n = connection_recv(load, c);
    if (n == -1 && errno == EAGAIN)
      return 0;
    if (n == -1 || (n == 0 && !load->datagrams))
      return exchange_closed(load, c, n == 0 ? 0 : errno);
    if (load->kind->consume(load, c, load->buffer, (size_t) n))
      return -1;
    if (load->kind->served(load, c))
      return -1;
  } while (c->session != NULL && tls_pending(load->tls, c->session));
  return 0;
}

#endif /* __linux__ */
