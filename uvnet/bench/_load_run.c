/* SPDX-License-Identifier: MIT
 *
 * The run of a load, from the first connection to the last: its phases, its
 * clock, its turns around epoll.
 */

#ifdef __linux__

#define _GNU_SOURCE

#include "_load.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How long a signal may wait for Python to see it. */
#define SIGNAL_CHECK (50 * MILLISECOND)

/* How long the server has, at the end, to close its side before we do. */
#define LINGER SECOND

/* So many connections are opened at once, and the next a moment later: a server
 * in Python accepts some 30 000 a second, and what its backlog does not hold
 * would come again after a second.
 */
#define BURST 64
#define BURST_PAUSE (2 * MILLISECOND)

#define EVENTS_MAX 512
#define RECV_MIN 65536
#define RECV_MAX (256 << 10)


uint64_t clock_now(void) {
  struct timespec ts;

  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (uint64_t) ts.tv_sec * SECOND + (uint64_t) ts.tv_nsec;
}


/* Of this thread: it shows whether the generator was the bottleneck. */
static uint64_t clock_cpu(void) {
  struct timespec ts;

  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return (uint64_t) ts.tv_sec * SECOND + (uint64_t) ts.tv_nsec;
}


void start_measuring(load_t* load) {
  load->measuring = true;
  load->started = load->rate > 0 ? schedule_due(load, load->warmup) : load->now;
  load->cpu_started = clock_cpu();
}


void stop_measuring(load_t* load) {
  load->measuring = false;
  load->measured = true;
  load->stopped = load->now;
  if (load->rate > 0 && load->stopped < schedule_due(load, load->planned))
    load->stopped = schedule_due(load, load->planned);
  load->cpu_stopped = clock_cpu();
}


static int dispatch(load_t* load, connection_t* c, uint32_t events) {
  if (c->state == ENDED || c->state == UNOPENED)
    return 0;
  if (c->state != OPEN)
    return connection_advance(load, c);
  if ((events & ~(uint32_t) EPOLLOUT) && load->kind->receive(load, c))
    return -1;
  if ((events & EPOLLOUT) && c->state == OPEN)
    return load->kind->transmit(load, c);
  return 0;
}


/* Waits as epoll_wait(2) does, but not for longer than to the nanosecond. An
 * older kernel counts milliseconds: of a part of one we make many short turns.
 */
static int wait_for(load_t* load, struct epoll_event* events, uint64_t wait) {
#ifdef SYS_epoll_pwait2
  static bool missing;
  struct timespec ts;
  int n;

  if (load->rate > 0 && wait > 0 && !missing) {
    ts.tv_sec = (time_t) (wait / SECOND);
    ts.tv_nsec = (long) (wait % SECOND);
    n = (int) syscall(SYS_epoll_pwait2, load->epoll, events, EVENTS_MAX, &ts,
                      NULL, 0);
    if (n != -1 || errno != ENOSYS)
      return n;
    missing = true;
  }
#endif
  if (load->rate == 0)
    wait += MILLISECOND - 1;
  return epoll_wait(load->epoll, events, EVENTS_MAX,
                    (int) (wait / MILLISECOND));
}


/* One turn on epoll: waits and dispatches what came. Returns 1 if a signal came
 * instead.
 */
static int turn_of_many(load_t* load, uint64_t wait) {
  struct epoll_event events[EVENTS_MAX];
  int i;
  int n;

  n = wait_for(load, events, wait);
  if (n == -1 && errno != EINTR)
    return fail(load, NULL, FAULT_SYSTEM, errno, "epoll_wait");
  for (i = 0; i < n; i++)
    if (dispatch(load, &load->connections[events[i].data.u32],
                 events[i].events))
      return -1;
  return n == -1;
}


/* The same for one connection, in one system call fewer. */
static int turn_of_one(load_t* load) {
  int err;

  load->waiting = true;
  err = load->kind->receive(load, &load->connections[0]);
  load->waiting = false;
  return err;
}


/* One turn, which ends at `until` at the latest. */
static int turn(load_t* load, uint64_t until) {
  const connection_t* first;
  uint64_t before;
  uint64_t wait;
  int n;

  before = load->now;
  wait = until > before ? until - before : 0;
  if (wait > SIGNAL_CHECK)
    wait = SIGNAL_CHECK;
  first = &load->connections[0];
  if (load->alone && wait >= ALONE_WAIT && first->state == OPEN &&
      first->unsent == 0)
    n = turn_of_one(load);
  else
    n = turn_of_many(load, wait);
  if (n == -1)
    return -1;

  /* A reply that is complete has read the clock. */
  if (load->now == before || load->rate > 0)
    load->now = clock_now();

  if (n == 1 || load->now - load->signals_checked >= SIGNAL_CHECK) {
    load->signals_checked = load->now;
    if (load->interrupted(load)) {
      load->fault = FAULT_SIGNAL;
      return -1;
    }
  }
  if (load->now >= load->deadline && !load->closing)
    return fail_deadline(load);
  return 0;
}


/* Tries those again that a full backlog has refused. */
static int retry(load_t* load) {
  unsigned int i;

  if (load->refused == 0)
    return 0;
  load->refused = 0;
  for (i = 0; i < load->count; i++)
    if (load->connections[i].state == UNOPENED &&
        load->connections[i].fd != -1 &&
        connection_open(load, &load->connections[i]))
      return -1;
  return 0;
}


static int connect_all(load_t* load) {
  unsigned int next;
  unsigned int stop;
  uint64_t again;

  load->connecting = true;
  again = load->now;
  next = 0;
  while (load->open < load->count) {
    if (load->now >= again) {
      again = load->now + BURST_PAUSE;
      if (retry(load))
        return -1;
      stop = load->count - next > BURST ? next + BURST : load->count;
      for (; next < stop && load->refused == 0; next++)
        if (connection_open(load, &load->connections[next]))
          return -1;
    }
    if (load->open < load->count &&
        turn(load,
             next < load->count || load->refused > 0 ? again : load->deadline))
      return -1;
  }
  load->connecting = false;
  return 0;
}


/* When the next turn has to end, if nothing happens. */
static uint64_t next_instant(const load_t* load) {
  uint64_t until;
  uint64_t other;

  until = load->deadline;
  if (load->refused > 0)
    until = load->now + MILLISECOND;
  if (load->rate > 0) {
    other = schedule_next(load);
    return other < until ? other : until;
  }
  other = load->started + load->duration;
  if (load->measuring && load->duration > 0 && !load->expired && other < until)
    until = other;
  return until;
}


static int work(load_t* load) {
  load->now = clock_now();
  if (load->kind->start != NULL && load->kind->start(load))
    return -1;
  while (!load->measured || load->in_flight > 0) {
    if (load->in_flight == 0 && load->kind->round != NULL) {
      if (load->kind->round(load))
        return -1;
      continue;
    }
    if (turn(load, next_instant(load)) || retry(load))
      return -1;
    if (load->rate > 0) {
      if (schedule_release(load))
        return -1;
    } else if (load->measuring && load->duration > 0 && !load->expired &&
               load->now - load->started >= load->duration) {
      load->expired = true;
      if (load->kind->expire(load))
        return -1;
    }
  }
  return 0;
}


/* Half-closes every connection and waits for the server's own end, so that a
 * surplus byte after the last reply is found. A server that keeps its side
 * open is let off after LINGER. Datagrams have no end: an empty one says it.
 */
static int close_all(load_t* load) {
  connection_t* c;
  uint64_t until;
  unsigned int i;

  load->closing = true;
  until = load->now + LINGER;
  if (load->deadline < until)
    until = load->deadline;
  for (i = 0; i < load->count; i++) {
    c = &load->connections[i];
    if (c->state == OPEN && !load->datagrams) {
      connection_shutdown(load, c);
    } else if (c->state == OPEN) {
      connection_send(load, c, "", 0);
      connection_end(load, c);
    }
  }
  while (load->open > 0 && load->now < until)
    if (turn(load, until))
      return -1;
  return 0;
}


static int prepare(load_t* load) {
  unsigned int i;

  if (load->secure) {
    load->tls =
        tls_open(load->tls_module, load->fault_text, sizeof(load->fault_text));
    if (load->tls == NULL) {
      load->fault = FAULT_SYSTEM;
      return -1;
    }
  }
  load->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (load->epoll == -1)
    return fail(load, NULL, FAULT_SYSTEM, errno, "epoll_create1");
  if (load->rate > 0)
    prctl(PR_SET_TIMERSLACK, 1UL); /* nanoseconds, in place of 50 000 */

  load->alone =
      load->count == 1 && load->kind->waits && load->rate == 0 && !load->secure;

  load->buffer_size =
      load->size > RECV_MAX / load->depth ? RECV_MAX : load->size * load->depth;
  if (load->buffer_size < RECV_MIN)
    load->buffer_size = RECV_MIN;
  load->connections = calloc(load->count, sizeof(*load->connections));
  load->began =
      calloc((size_t) load->count * load->depth, sizeof(*load->began));
  load->buffer = malloc(load->buffer_size);
  if (load->connections == NULL || load->began == NULL || load->buffer == NULL)
    return fail(load, NULL, FAULT_SYSTEM, ENOMEM, "malloc");
  for (i = 0; i < load->count; i++) {
    load->connections[i].fd = -1;
    load->connections[i].began = load->began + (size_t) i * load->depth;
  }
  return load->kind->prepare(load);
}


static void cleanup(load_t* load) {
  unsigned int i;

  for (i = 0; load->connections != NULL && i < load->count; i++) {
    connection_end(load, &load->connections[i]);
    free(load->connections[i].head);
  }
  if (load->epoll != -1)
    close(load->epoll);
  if (load->replies.bytes != load->requests.bytes)
    free(load->replies.bytes);
  free(load->requests.bytes);
  free(load->connections);
  free(load->began);
  free(load->buffer);
  tls_close(load->tls);
  if (load->rate > 0)
    prctl(PR_SET_TIMERSLACK, 0UL);
}


void load_run(load_t* load) {
  load->epoll = -1;
  load->histogram.min = UINT64_MAX;
  load->now = clock_now();
  load->signals_checked = load->now;
  load->deadline = load->now + (uint64_t) (load->deadline_seconds * 1e9);
  if (prepare(load) == 0 &&
      (load->kind->reconnects || connect_all(load) == 0) && work(load) == 0)
    close_all(load);
  cleanup(load);
}

#endif /* __linux__ */
