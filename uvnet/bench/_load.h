/* SPDX-License-Identifier: MIT
 *
 * The load generator: what its parts share. _load.c, the Python side, fills in
 * the parameters of a run, load_run() carries it out, and what was found is in
 * the same structure afterwards.
 *
 * No libuv here, so that a fault or a change in libuv cannot move the ruler.
 * A run is one thread on bare epoll, without the GIL.
 */

#ifndef UVNET_BENCH_LOAD_H_
#define UVNET_BENCH_LOAD_H_

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "_histogram.h"
#include "_load_tls.h"
#include "_pattern.h"

#define SECOND UINT64_C(1000000000)
#define MILLISECOND UINT64_C(1000000)

/* How long a connection that is alone is waited for in recv(). */
#define ALONE_WAIT (10 * MILLISECOND)

typedef struct load_s load_t;

typedef enum {
  FAULT_NONE,
  FAULT_SYSTEM,  /* our own machine refused: descriptors, memory, OpenSSL */
  FAULT_CONNECT, /* the server could not be reached */
  FAULT_CLOSED,  /* the server closed or reset a connection too early */
  FAULT_CORRUPT, /* a byte that came back is not the one that it must be */
  FAULT_SURPLUS, /* more came back than was asked for */
  FAULT_ANSWER,  /* the answer's form is wrong: a status, a length, a count */
  FAULT_DEADLINE,
  FAULT_SIGNAL /* a Python exception is set */
} fault_t;

typedef enum {
  UNOPENED,
  CONNECTING,
  HANDSHAKING, /* of TLS */
  OPEN,
  ENDED /* the server has closed its side, or we have closed ours */
} state_t;

typedef struct {
  int fd;
  state_t state;
  uint32_t events;        /* what epoll watches */
  tls_session_t* session; /* NULL without TLS */

  /* The way there: a stream of requests. */
  size_t position; /* in the table of requests, of the next byte to send */
  uint64_t unsent; /* bytes of the messages in flight */

  /* The way back. */
  size_t expected;  /* in the table of replies, of the next byte to come */
  size_t left;      /* bytes of the current reply's fixed part, or body */
  bool in_body;     /* of an HTTP answer */
  size_t head_size; /* of an HTTP answer's head that has come in part */
  char* head;
  uint64_t count; /* sink: what the server says that it has received */

  /* Messages. */
  uint64_t* began; /* a ring, in the order of the messages in flight */
  unsigned int first;
  unsigned int in_flight;
  uint64_t issued;
  uint64_t due; /* open loop: those whose time has come, issued or not */
  uint64_t completed;
} connection_t;

/* What a kind of load does where kinds differ. Every function that returns int
 * returns 0, or -1 after fail().
 */
typedef struct {
  const char* name;
  bool
      in_flight; /* whether it can have several messages in flight, or a rate */
  bool waits;    /* it waits for replies, and sends when there is one */
  bool reconnects; /* it opens and closes its connections itself */

  int (*prepare)(load_t* load); /* the tables */
  int (*start)(load_t* load);   /* once all are connected, or to connect them */
  int (*round)(load_t* load); /* NULL, or to go on when nothing is in flight */
  int (*opened)(load_t* load, connection_t* c); /* NULL: nothing to do yet */
  int (*receive)(load_t* load, connection_t* c);
  int (*transmit)(load_t* load, connection_t* c);
  int (*consume)(load_t* load, connection_t* c, const unsigned char* data,
                 size_t n);
  int (*served)(load_t* load, connection_t* c); /* all that came is consumed */
  int (*expire)(load_t* load);                  /* the time is over */
} kind_t;

/* A period of bytes, and then so many of its first ones again that `run` bytes
 * from any place in the period are in one piece.
 */
typedef struct {
  unsigned char* bytes;
  size_t period;
  size_t run;
} table_t;

struct load_s {
  /* Parameters. Times are nanoseconds, instants are CLOCK_MONOTONIC. */
  const kind_t* kind;
  struct sockaddr_storage address;
  socklen_t address_len;
  unsigned int count;
  size_t size;
  unsigned int depth;
  double rate; /* messages a second of an open loop, 0 for a closed one */
  bool lines;
  bool datagrams;
  bool secure;
  const char* tls_module; /* the file of Python's _ssl, NULL if it has none */
  uint64_t messages;
  uint64_t warmup;
  uint64_t duration;
  uint64_t deadline;
  double deadline_seconds;
  bool (*interrupted)(load_t* load); /* lets Python see a pending signal */
  void* thread;                      /* of Python, for interrupted() */

  /* What is sent, and what must come back. */
  table_t requests;
  size_t request_size;
  table_t replies;
  size_t reply_size;
  bool reply_restarts; /* every reply is from the first byte of the table on */

  /* State. */
  connection_t* connections;
  uint64_t* began;
  tls_t* tls;
  unsigned char* buffer;
  size_t buffer_size;
  int epoll;
  uint64_t now;
  uint64_t signals_checked;
  unsigned int open;    /* connections made and not ended */
  unsigned int refused; /* connections to be tried again in a moment */
  uint64_t in_flight;
  uint64_t issued;
  uint64_t completed;
  uint64_t scheduled; /* open loop: messages that have become due */
  uint64_t planned;   /* open loop: messages of the whole run */
  uint64_t epoch;     /* open loop: when the first is due */
  bool alone;         /* the one connection is waited for without epoll */
  bool waiting;       /* so that a recv() may block */
  bool connecting;
  bool expired;
  bool measuring;
  bool measured;
  bool closing;

  /* Result. */
  uint64_t started;
  uint64_t stopped;
  uint64_t cpu_started;
  uint64_t cpu_stopped;
  uint64_t bytes; /* sink: all that were counted */
  histogram_t histogram;
  fault_t fault;
  int fault_errno;
  unsigned int fault_connection;
  char fault_text[400];
};

/* Of a kind whose connections stay, send requests and wait for the replies; it
 * adds its name, its tables and what it makes of a reply.
 */
#define EXCHANGES                                                      \
  .waits = true, .start = exchange_start, .receive = exchange_receive, \
  .transmit = exchange_transmit, .served = exchange_served,            \
  .expire = exchange_expire

extern const kind_t echo_kind, source_kind, sink_kind, churn_kind, storm_kind,
    http_kind;

/* The run: _load_run.c. */
void load_run(load_t* load);
uint64_t clock_now(void);
void start_measuring(load_t* load);
void stop_measuring(load_t* load);

/* The first fault ends the run; both return -1: _load_fault.c. */
int fail(load_t* load, const connection_t* c, fault_t fault, int err,
         const char* format, ...) __attribute__((format(printf, 5, 6)));
int fail_deadline(load_t* load);

/* One connection, whatever it travels in: _load_connection.c. */
int connection_open(load_t* load, connection_t* c);
int connection_advance(load_t* load, connection_t* c);
int connection_watch(load_t* load, connection_t* c, uint32_t events);
void connection_shutdown(load_t* load, connection_t* c);
void connection_reset(load_t* load, connection_t* c);
void connection_end(load_t* load, connection_t* c);
ssize_t connection_send(load_t* load, connection_t* c, const void* data,
                        size_t size);
ssize_t connection_recv(load_t* load, connection_t* c);

/* Requests and their replies, in a closed or an open loop: _load_exchange.c. */
int exchange_start(load_t* load);
void exchange_issue(load_t* load, connection_t* c, uint64_t began);
int exchange_receive(load_t* load, connection_t* c);
int exchange_transmit(load_t* load, connection_t* c);
int exchange_served(load_t* load, connection_t* c);
int exchange_expire(load_t* load);
void exchange_complete(load_t* load, connection_t* c);
bool exchange_over(const load_t* load);
int exchange_surplus(load_t* load, const connection_t* c, size_t n);
int exchange_closed(load_t* load, connection_t* c, int err);

/* Replies that are known byte by byte: _load_echo.c. */
int echo_prepare(load_t* load);
int echo_consume(load_t* load, connection_t* c, const unsigned char* data,
                 size_t n);

/* The open loop's fixed schedule: _load_schedule.c. */
void schedule_start(load_t* load);
int schedule_release(load_t* load);
uint64_t schedule_next(const load_t* load);
uint64_t schedule_due(const load_t* load, uint64_t message);

/* Tables: _load_table.c. Return -1 if there is no memory. */
int table_make(load_t* load, table_t* table, size_t period, size_t run);
void table_repeat(table_t* table);

static inline size_t table_wrap(const table_t* table, size_t position) {
  return position < table->period ? position : position % table->period;
}

/* Compares what has come with the reply that is awaited, and goes on in both by
 * as much. False, and nothing has moved, if a byte is not the one it must be.
 */
static inline bool reply_advance(const load_t* load, connection_t* c,
                                 const unsigned char** data, size_t* n) {
  size_t m;

  m = *n < c->left ? *n : c->left;
  if (memcmp(*data, load->replies.bytes + c->expected, m) != 0)
    return false;
  c->expected = table_wrap(&load->replies, c->expected + m);
  c->left -= m;
  *data += m;
  *n -= m;
  return true;
}

/* Which byte that is. */
static inline size_t reply_wrong_at(const load_t* load, const connection_t* c,
                                    const unsigned char* data) {
  size_t i;

  for (i = 0; data[i] == load->replies.bytes[c->expected + i]; i++)
    ;
  return i;
}

#endif /* UVNET_BENCH_LOAD_H_ */
