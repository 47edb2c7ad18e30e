/* SPDX-License-Identifier: MIT
 *
 * The load generator: a closed loop of echo requests on bare epoll.
 *
 * Each connection keeps one message in flight: it sends `size` bytes, waits
 * for the same bytes to come back, compares every one of them, and only then
 * sends the next message. The rate found is therefore the server's own, not
 * that of a queue in front of it. With datagrams, a connection is a connected
 * UDP socket, and a message is one datagram.
 *
 * No libuv here, so that a fault or a change in libuv cannot move the ruler.
 * The whole run happens without the GIL.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifndef __linux__

PyMODINIT_FUNC PyInit__load(void) {
  PyErr_SetString(PyExc_NotImplementedError,
                  "uvnet.bench._load needs epoll: it runs on Linux only");
  return NULL;
}

#else

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "_histogram.h"
#include "_pattern.h"

#define SECOND UINT64_C(1000000000)
#define MILLISECOND UINT64_C(1000000)

/* How long a signal may wait for Python to see it. */
#define SIGNAL_CHECK (50 * MILLISECOND)

/* How long the server has, at the end, to close its side before we do. */
#define LINGER SECOND

#define EVENTS_MAX 512
#define CONNECTIONS_MAX 65520
#define SIZE_MAX_BYTES (64 << 20)
#define RECV_MAX (1 << 20)
#define UDP_MAX 65507


/* --- The run --- */

typedef enum {
  FAULT_NONE,
  FAULT_SYSTEM,    /* our own machine refused: descriptors, memory */
  FAULT_CONNECT,   /* the server could not be reached */
  FAULT_CLOSED,    /* the server closed or reset a connection too early */
  FAULT_CORRUPT,   /* a byte that came back is not the byte that was sent */
  FAULT_SURPLUS,   /* more came back than was sent */
  FAULT_DEADLINE,
  FAULT_SIGNAL     /* a Python exception is set */
} fault_t;

static const char* const fault_names[] = {
  "", "system", "connect", "closed", "corrupt", "surplus", "deadline", "signal"
};

typedef enum {
  UNOPENED,
  CONNECTING,
  IDLE,            /* connected, nothing in flight */
  BUSY,            /* a message is in flight */
  ENDED            /* the server has closed its side, or we have closed ours */
} state_t;

typedef struct {
  int fd;
  state_t state;
  uint32_t events;     /* what epoll watches */
  size_t sent;         /* of the message in flight */
  size_t received;     /* of the message in flight */
  size_t position;     /* of the message's first byte in the pattern */
  uint64_t offset;     /* of the message's first byte in the stream */
  uint64_t began;
} connection_t;

typedef struct {
  /* Parameters. Times are nanoseconds, instants are CLOCK_MONOTONIC. */
  struct sockaddr_storage address;
  socklen_t address_len;
  unsigned int count;
  size_t size;
  bool datagrams;
  uint64_t messages;
  uint64_t warmup;
  uint64_t duration;
  uint64_t deadline;
  double deadline_seconds;

  /* State. */
  PyThreadState* thread;
  connection_t* connections;
  unsigned char* pattern;
  unsigned char* buffer;
  size_t buffer_size;
  int epoll;
  uint64_t now;
  uint64_t signals_checked;
  unsigned int connected;
  unsigned int ended;
  unsigned int in_flight;
  uint64_t issued;
  uint64_t completed;
  bool measuring;
  bool measured;
  bool closing;

  /* Result. */
  uint64_t started;
  uint64_t stopped;
  uint64_t cpu_started;
  uint64_t cpu_stopped;
  histogram_t histogram;
  fault_t fault;
  int fault_errno;
  unsigned int fault_connection;
  char fault_text[320];
} load_t;


static uint64_t clock_now(void) {
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


/* Ends the run: the first fault counts. Always returns -1. */
__attribute__((format(printf, 5, 6)))
static int fail(load_t* load,
                const connection_t* connection,
                fault_t fault,
                int err,
                const char* format,
                ...) {
  size_t used;
  va_list args;

  if (load->fault != FAULT_NONE)
    return -1;

  load->fault = fault;
  load->fault_errno = err;
  used = 0;
  if (connection != NULL) {
    load->fault_connection = (unsigned int) (connection - load->connections);
    used = (size_t) snprintf(load->fault_text, sizeof(load->fault_text),
                             "connection %u: ", load->fault_connection);
  }
  va_start(args, format);
  vsnprintf(load->fault_text + used, sizeof(load->fault_text) - used, format,
            args);
  va_end(args);
  if (err != 0) {
    used = strlen(load->fault_text);
    snprintf(load->fault_text + used, sizeof(load->fault_text) - used, ": %s",
             strerror(err));
  }
  return -1;
}


static int check(load_t* load, const connection_t* c, size_t n) {
  const unsigned char* expected;
  size_t i;

  expected = load->pattern + c->position + c->received;
  if (memcmp(load->buffer, expected, n) == 0)
    return 0;

  for (i = 0; load->buffer[i] == expected[i]; i++);
  return fail(load, c, FAULT_CORRUPT, 0,
              "byte %llu of the stream came back as 0x%02x, sent was 0x%02x "
              "(byte %zu of message %llu)",
              (unsigned long long) (c->offset + c->received + i),
              load->buffer[i], expected[i], c->received + i,
              (unsigned long long) (c->offset / load->size));
}


/* --- One connection --- */

static int watch(load_t* load, connection_t* c, uint32_t events) {
  struct epoll_event event;

  if (c->events == events)
    return 0;
  event.events = events;
  event.data.u32 = (uint32_t) (c - load->connections);
  if (epoll_ctl(load->epoll, c->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
                c->fd, &event))
    return fail(load, c, FAULT_SYSTEM, errno, "epoll_ctl");
  c->events = events;
  return 0;
}


static void end(load_t* load, connection_t* c) {
  close(c->fd);  /* Which takes it out of the epoll set, too. */
  c->fd = -1;
  c->events = 0;
  c->state = ENDED;
  load->ended++;
}


static int connected(load_t* load, connection_t* c) {
  int on;

  if (load->address.ss_family != AF_UNIX && !load->datagrams) {
    on = 1;
    if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
      return fail(load, c, FAULT_SYSTEM, errno, "setsockopt TCP_NODELAY");
  }
  c->state = IDLE;
  load->connected++;
  return watch(load, c, EPOLLIN);
}


/* Returns 1 if the server's backlog is full: to be tried again in a moment.
 * Only Unix sockets say so; a TCP connect waits in the kernel instead.
 */
static int open_connection(load_t* load, connection_t* c) {
  if (c->fd == -1) {
    c->fd = socket(load->address.ss_family, SOCK_NONBLOCK | SOCK_CLOEXEC |
                   (load->datagrams ? SOCK_DGRAM : SOCK_STREAM), 0);
    if (c->fd == -1)
      return fail(load, c, FAULT_SYSTEM, errno, "socket");
  }
  if (connect(c->fd, (struct sockaddr*) &load->address, load->address_len) == 0)
    return connected(load, c);
  if (errno == EAGAIN)
    return 1;
  if (errno != EINPROGRESS && errno != EINTR)
    return fail(load, c, FAULT_CONNECT, errno, "connect");
  c->state = CONNECTING;
  return watch(load, c, EPOLLOUT);
}


static int finish_connect(load_t* load, connection_t* c) {
  socklen_t len;
  int err;

  err = 0;
  len = sizeof(err);
  if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len))
    err = errno;
  if (err != 0)
    return fail(load, c, FAULT_CONNECT, err, "connect");
  return connected(load, c);
}


/* Sends what the socket takes of the message in flight. */
static int transmit(load_t* load, connection_t* c) {
  ssize_t n;

  while (c->sent < load->size) {
    n = send(c->fd, load->pattern + c->position + c->sent,
             load->size - c->sent, MSG_NOSIGNAL);
    if (n >= 0) {
      c->sent += (size_t) n;
      continue;
    }
    if (errno == EINTR)
      continue;
    if (errno == EAGAIN)
      break;
    return fail(load, c, FAULT_CLOSED, errno,
                "send of message %llu, %zu of %zu bytes sent",
                (unsigned long long) (c->offset / load->size), c->sent,
                load->size);
  }
  return watch(load, c, EPOLLIN | (c->sent < load->size ? EPOLLOUT : 0));
}


static bool nothing_left(const load_t* load) {
  return load->measured ||
         (load->messages > 0 && load->issued == load->warmup + load->messages);
}


/* Starts the connection's next message, if there is one to send. */
static int issue(load_t* load, connection_t* c) {
  if (nothing_left(load))
    return 0;
  load->issued++;
  load->in_flight++;
  c->state = BUSY;
  c->sent = 0;
  c->received = 0;
  c->began = load->now;
  return transmit(load, c);
}


static void start_measuring(load_t* load) {
  load->measuring = true;
  load->started = load->now;
  load->cpu_started = clock_cpu();
}


static void stop_measuring(load_t* load) {
  load->measuring = false;
  load->measured = true;
  load->stopped = load->now;
  load->cpu_stopped = clock_cpu();
}


static int complete(load_t* load, connection_t* c) {
  load->now = clock_now();
  load->completed++;
  load->in_flight--;
  c->state = IDLE;
  c->offset += load->size;
  c->position = (c->position + load->size) % PATTERN_PERIOD;

  if (load->measuring) {
    histogram_add(&load->histogram, load->now - c->began);
    if (load->messages > 0 && load->histogram.total == load->messages)
      stop_measuring(load);
    else if (load->duration > 0 && load->now - load->started >= load->duration)
      stop_measuring(load);
  } else if (!load->measured && load->completed == load->warmup) {
    start_measuring(load);
  }
  return issue(load, c);
}


/* The server has ended the connection: fine only when it owes us nothing. */
static int closed_by_server(load_t* load, connection_t* c, int err) {
  if (c->state == IDLE && nothing_left(load)) {
    end(load, c);
    return 0;
  }
  if (c->state == IDLE)
    return fail(load, c, FAULT_CLOSED, err,
                "closed by the server before the first message");
  return fail(load, c, FAULT_CLOSED, err,
              "closed by the server in message %llu, %zu of %zu bytes received",
              (unsigned long long) (c->offset / load->size), c->received,
              load->size);
}


static int receive(load_t* load, connection_t* c) {
  size_t missing;
  ssize_t n;

  do
    n = recv(c->fd, load->buffer, load->buffer_size, 0);
  while (n == -1 && errno == EINTR);

  if (n == -1 && errno == EAGAIN)
    return 0;
  if (n == -1 || (n == 0 && !load->datagrams))
    return closed_by_server(load, c, n == 0 ? 0 : errno);

  missing = c->state == BUSY ? c->sent - c->received : 0;
  if (check(load, c, (size_t) n < missing ? (size_t) n : missing))
    return -1;
  if ((size_t) n > missing)
    return fail(load, c, FAULT_SURPLUS, 0,
                "%zu bytes more than were sent came back after byte %llu of "
                "the stream",
                (size_t) n - missing,
                (unsigned long long) (c->offset + c->received + missing));
  c->received += (size_t) n;
  if (c->received < load->size)
    return 0;
  return complete(load, c);
}


static int dispatch(load_t* load, connection_t* c, uint32_t events) {
  if (c->state == ENDED)
    return 0;
  if (c->state == CONNECTING)
    return finish_connect(load, c);
  if ((events & ~(uint32_t) EPOLLOUT) && receive(load, c))
    return -1;
  if ((events & EPOLLOUT) && c->state == BUSY)
    return transmit(load, c);
  return 0;
}


/* --- The phases --- */

/* Lets Python see a pending signal. Only the main thread handles any. */
static int check_signals(load_t* load) {
  int result;

  load->signals_checked = load->now;
  PyEval_RestoreThread(load->thread);
  result = PyErr_CheckSignals();
  load->thread = PyEval_SaveThread();
  if (result == 0)
    return 0;
  load->fault = FAULT_SIGNAL;
  return -1;
}


static int past_deadline(load_t* load) {
  const connection_t* c;
  unsigned int i;

  if (load->connected < load->count)
    return fail(load, NULL, FAULT_DEADLINE, 0,
                "deadline of %g s passed with %u of %u connections made",
                load->deadline_seconds, load->connected, load->count);

  /* Name one that waits: where it stands tells a stall from a lost byte. */
  for (i = 0; i < load->count; i++)
    if (load->connections[i].state == BUSY)
      break;
  c = &load->connections[i < load->count ? i : 0];
  return fail(load, c, FAULT_DEADLINE, 0,
              "deadline of %g s passed with %u of %u replies outstanding after "
              "%llu messages; here %zu of %zu bytes were sent and %zu received",
              load->deadline_seconds, load->in_flight, load->count,
              (unsigned long long) load->completed, c->sent, load->size,
              c->received);
}


/* One turn: waits until `until` at the latest and dispatches what came. */
static int turn(load_t* load, uint64_t until) {
  struct epoll_event events[EVENTS_MAX];
  uint64_t wait;
  int i;
  int n;

  if (until > load->now + SIGNAL_CHECK)
    until = load->now + SIGNAL_CHECK;
  wait = until > load->now ? until - load->now : 0;
  n = epoll_wait(load->epoll, events, EVENTS_MAX,
                 (int) ((wait + MILLISECOND - 1) / MILLISECOND));
  if (n == -1 && errno != EINTR)
    return fail(load, NULL, FAULT_SYSTEM, errno, "epoll_wait");

  load->now = clock_now();
  if (n == -1 || load->now - load->signals_checked >= SIGNAL_CHECK)
    if (check_signals(load))
      return -1;
  for (i = 0; i < n; i++)
    if (dispatch(load, &load->connections[events[i].data.u32],
                 events[i].events))
      return -1;
  if (load->now >= load->deadline && !load->closing)
    return past_deadline(load);
  return 0;
}


static int connect_all(load_t* load) {
  unsigned int next;
  int full;

  next = 0;
  while (load->connected < load->count) {
    for (full = 0; next < load->count && !full; next += !full) {
      full = open_connection(load, &load->connections[next]);
      if (full == -1)
        return -1;
    }
    if (load->connected < load->count &&
        turn(load, full ? load->now + MILLISECOND : load->deadline))
      return -1;
  }
  return 0;
}


static int exchange(load_t* load) {
  uint64_t until;
  unsigned int i;

  load->now = clock_now();
  if (load->warmup == 0)
    start_measuring(load);
  for (i = 0; i < load->count; i++)
    if (load->connections[i].state == IDLE &&
        issue(load, &load->connections[i]))
      return -1;

  while (!load->measured || load->in_flight > 0) {
    until = load->deadline;
    if (load->measuring && load->duration > 0 &&
        load->started + load->duration < until)
      until = load->started + load->duration;
    if (turn(load, until))
      return -1;
    if (load->measuring && load->duration > 0 &&
        load->now - load->started >= load->duration)
      stop_measuring(load);
  }
  return 0;
}


/* Half-closes every connection and waits for the server's own end, so that a
 * surplus byte after the last reply is found. A server that keeps its side
 * open is let off after LINGER. Datagrams have no end: an empty one says it.
 */
static int close_all(load_t* load) {
  uint64_t until;
  unsigned int i;

  for (i = 0; load->datagrams && i < load->count; i++) {
    send(load->connections[i].fd, "", 0, MSG_NOSIGNAL);
    end(load, &load->connections[i]);
  }
  load->closing = true;
  until = load->now + LINGER;
  if (load->deadline < until)
    until = load->deadline;
  for (i = 0; i < load->count; i++)
    if (load->connections[i].state == IDLE)
      shutdown(load->connections[i].fd, SHUT_WR);
  while (load->ended < load->count && load->now < until)
    if (turn(load, until))
      return -1;
  return 0;
}


static int prepare(load_t* load) {
  unsigned int i;

  load->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (load->epoll == -1)
    return fail(load, NULL, FAULT_SYSTEM, errno, "epoll_create1");

  load->buffer_size = load->size < 65536 ? 65536 : load->size;
  if (load->buffer_size > RECV_MAX)
    load->buffer_size = RECV_MAX;
  load->connections = calloc(load->count, sizeof(*load->connections));
  load->pattern = malloc(PATTERN_PERIOD + load->size);
  load->buffer = malloc(load->buffer_size);
  if (load->connections == NULL || load->pattern == NULL ||
      load->buffer == NULL)
    return fail(load, NULL, FAULT_SYSTEM, ENOMEM, "malloc");

  pattern_fill(load->pattern, load->size);
  for (i = 0; i < load->count; i++) {
    load->connections[i].fd = -1;
    load->connections[i].position =
        (size_t) i * PATTERN_STRIDE % PATTERN_PERIOD;
  }
  return 0;
}


static void cleanup(load_t* load) {
  unsigned int i;

  for (i = 0; load->connections != NULL && i < load->count; i++)
    if (load->connections[i].fd != -1)
      close(load->connections[i].fd);
  if (load->epoll != -1)
    close(load->epoll);
  free(load->connections);
  free(load->pattern);
  free(load->buffer);
}


static void run_all(load_t* load) {
  load->thread = PyEval_SaveThread();
  load->now = clock_now();
  load->signals_checked = load->now;
  load->deadline = load->now + (uint64_t) (load->deadline_seconds * 1e9);
  if (prepare(load) == 0 && connect_all(load) == 0 && exchange(load) == 0)
    close_all(load);
  cleanup(load);
  PyEval_RestoreThread(load->thread);
}


/* --- Python --- */

typedef struct {
  PyObject* error;
} module_state_t;


static int parse_address(PyObject* address, load_t* load) {
  struct addrinfo* found;
  struct addrinfo hints;
  struct sockaddr_un* un;
  PyObject* path;
  const char* host;
  char service[8];
  int port;
  int err;

  if (PyTuple_Check(address)) {
    if (!PyArg_ParseTuple(address, "si;address must be (host, port) or a path",
                          &host, &port))
      return -1;
    if (port < 1 || port > 65535) {
      PyErr_Format(PyExc_ValueError, "port must be between 1 and 65535, got %d",
                   port);
      return -1;
    }
    /* Numeric only: a resolver could hang, and the deadline must hold. */
    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    snprintf(service, sizeof(service), "%d", port);
    err = getaddrinfo(host, service, &hints, &found);
    if (err != 0) {
      PyErr_Format(PyExc_ValueError,
                   "host must be a numeric IP address, got '%s'", host);
      return -1;
    }
    memcpy(&load->address, found->ai_addr, found->ai_addrlen);
    load->address_len = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
  }

  if (load->datagrams) {
    PyErr_SetString(PyExc_ValueError, "datagrams go to a (host, port) only");
    return -1;
  }
  if (!PyUnicode_FSConverter(address, &path))
    return -1;
  un = (struct sockaddr_un*) &load->address;
  if (PyBytes_GET_SIZE(path) == 0 ||
      PyBytes_GET_SIZE(path) >= (Py_ssize_t) sizeof(un->sun_path)) {
    PyErr_Format(PyExc_ValueError,
                 "path must have between 1 and %zu bytes, got %zd",
                 sizeof(un->sun_path) - 1, PyBytes_GET_SIZE(path));
    Py_DECREF(path);
    return -1;
  }
  un->sun_family = AF_UNIX;
  memcpy(un->sun_path, PyBytes_AS_STRING(path),
         (size_t) PyBytes_GET_SIZE(path) + 1);
  load->address_len = sizeof(*un);
  Py_DECREF(path);
  return 0;
}


static int check_range(const char* name, long long value, long long low,
                       long long high) {
  if (value >= low && value <= high)
    return 0;
  PyErr_Format(PyExc_ValueError, "%s must be between %lld and %lld, got %lld",
               name, low, high, value);
  return -1;
}


static int check_seconds(const char* name, double value, double low) {
  PyObject* given;

  if (isfinite(value) && value >= low && value <= 86400)
    return 0;
  given = PyFloat_FromDouble(value);
  if (given != NULL) {
    PyErr_Format(PyExc_ValueError,
                 low > 0 ? "%s must be above 0 and at most 86400 s, got %R"
                         : "%s must be between 0 and 86400 s, got %R",
                 name, given);
    Py_DECREF(given);
  }
  return -1;
}


static int parse_arguments(PyObject* args, PyObject* kwargs, load_t* load) {
  static char* names[] = {"address", "connections", "size",     "messages",
                          "seconds", "warmup",      "deadline", "datagrams",
                          NULL};
  PyObject* address;
  long long connections;
  long long size;
  long long messages;
  long long warmup;
  double seconds;
  int datagrams;

  connections = 16;
  size = 1024;
  messages = 0;
  warmup = 0;
  seconds = 0.0;
  datagrams = 0;
  load->deadline_seconds = 30.0;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$LLLdLdp:run", names,
                                   &address, &connections, &size, &messages,
                                   &seconds, &warmup, &load->deadline_seconds,
                                   &datagrams))
    return -1;
  if (check_range("connections", connections, 1, CONNECTIONS_MAX) ||
      check_range("size", size, 1, datagrams ? UDP_MAX : SIZE_MAX_BYTES) ||
      check_range("messages", messages, 0, LLONG_MAX / 2) ||
      check_range("warmup", warmup, 0, LLONG_MAX / 2) ||
      check_seconds("seconds", seconds, 0.0) ||
      check_seconds("deadline", load->deadline_seconds, 1e-9))
    return -1;
  if (messages == 0 && seconds == 0.0) {
    PyErr_SetString(PyExc_ValueError,
                    "give messages or seconds: the run would never stop");
    return -1;
  }
  if (seconds >= load->deadline_seconds) {
    PyErr_SetString(PyExc_ValueError,
                    "seconds must be less than deadline, which ends the run");
    return -1;
  }
  load->count = (unsigned int) connections;
  load->size = (size_t) size;
  load->datagrams = datagrams;
  load->messages = (uint64_t) messages;
  load->warmup = (uint64_t) warmup;
  load->duration = (uint64_t) (seconds * 1e9);
  return parse_address(address, load);
}


static int raise_fault(PyObject* module, const load_t* load) {
  module_state_t* state;
  PyObject* error;
  int bad;

  if (load->fault == FAULT_SIGNAL)
    return -1;

  state = PyModule_GetState(module);
  error = PyObject_CallFunction(state->error, "s", load->fault_text);
  if (error == NULL)
    return -1;
  bad = 0;
#define SET(name, value)                                                      \
  do {                                                                        \
    PyObject* object = (value);                                               \
    bad |= object == NULL || PyObject_SetAttrString(error, name, object);     \
    Py_XDECREF(object);                                                       \
  } while (0)
  SET("kind", PyUnicode_FromString(fault_names[load->fault]));
  SET("errno", PyLong_FromLong(load->fault_errno));
  SET("connection", PyLong_FromUnsignedLong(load->fault_connection));
  SET("messages", PyLong_FromUnsignedLongLong(load->completed));
#undef SET
  if (!bad)
    PyErr_SetObject(state->error, error);
  Py_DECREF(error);
  return -1;
}


static PyObject* build_histogram(const histogram_t* histogram) {
  PyObject* list;
  PyObject* pair;
  unsigned int i;

  list = PyList_New(0);
  for (i = 0; list != NULL && i < BUCKETS; i++) {
    if (histogram->counts[i] == 0)
      continue;
    pair = Py_BuildValue("(KK)", (unsigned long long) bucket_top(i),
                         (unsigned long long) histogram->counts[i]);
    if (pair == NULL || PyList_Append(list, pair))
      Py_CLEAR(list);
    Py_XDECREF(pair);
  }
  return list;
}


static PyObject* build_result(const load_t* load) {
  const histogram_t* histogram;

  histogram = &load->histogram;
#define MICROSECONDS(ns) ((double) (ns) / 1000.0)
#define PERCENTILE(p) MICROSECONDS(histogram_percentile(histogram, p))
  return Py_BuildValue(
      "{s:K,s:K,s:d,s:d,s:K,s:{s:d,s:d,s:d,s:d,s:d,s:d,s:d},s:N}",
      "messages", (unsigned long long) histogram->total,
      "bytes", (unsigned long long) histogram->total * load->size,
      "seconds", (double) (load->stopped - load->started) / 1e9,
      "cpu_seconds", (double) (load->cpu_stopped - load->cpu_started) / 1e9,
      "messages_total", (unsigned long long) load->completed,
      "latency",
      "min", histogram->total == 0 ? 0.0 : MICROSECONDS(histogram->min),
      "mean", histogram->total == 0 ? 0.0
          : MICROSECONDS((double) histogram->sum / (double) histogram->total),
      "p50", PERCENTILE(50.0),
      "p90", PERCENTILE(90.0),
      "p99", PERCENTILE(99.0),
      "p99_9", PERCENTILE(99.9),
      "max", MICROSECONDS(histogram->max),
      "histogram", build_histogram(histogram));
#undef PERCENTILE
#undef MICROSECONDS
}


PyDoc_STRVAR(run_doc,
"run(address, *, connections=16, size=1024, messages=0, seconds=0.0,\n"
"    warmup=0, deadline=30.0, datagrams=False)\n"
"--\n"
"\n"
"Load an echo server in a closed loop and check every byte of its replies.\n"
"\n"
"Each connection sends one message, waits for the whole of it to come back,\n"
"and then sends the next. All connections are made before the first message.\n"
"The bytes follow a pattern that differs per connection and offset. At the\n"
"end every connection is half-closed, and the server has one second to close\n"
"its side. The GIL is released throughout; signals are handled.\n"
"\n"
"Args:\n"
"    address: (host, port) with a numeric host, or the path of a Unix socket.\n"
"    connections: How many connections, 1 to 65520.\n"
"    size: Bytes per message, 1 to 64 MiB; of a datagram at most 65507.\n"
"    messages: Stop after this many messages, counted over all connections;\n"
"        0 for no limit. Exactly warmup + messages messages are then sent.\n"
"    seconds: Stop after this long; 0 for no limit. With both, the first to\n"
"        come stops the run; one must be given.\n"
"    warmup: Messages to send before the measurement begins.\n"
"    deadline: Seconds that the whole run may take, connecting included.\n"
"    datagrams: UDP: a message is a datagram, and each socket sends an empty\n"
"        one at the end. Nothing is sent again: one that is lost, because of\n"
"        too many connections, ends in the deadline.\n"
"\n"
"Returns:\n"
"    A dict: messages, bytes and seconds measured; cpu_seconds, the time that\n"
"    the generator worked meanwhile (near to seconds: it was the bottleneck);\n"
"    messages_total, with the warm-up and the replies awaited at the end;\n"
"    latency (min, mean, p50, p90, p99, p99_9, max in microseconds); and\n"
"    histogram, a list of (upper bound in nanoseconds, count).\n"
"\n"
"Raises:\n"
"    LoadError: A byte was wrong, lost or surplus, a connection could not be\n"
"        made or was closed early, or the deadline passed.\n"
"    ValueError: An argument is out of range.\n");

static PyObject* run(PyObject* module, PyObject* args, PyObject* kwargs) {
  load_t* load;
  PyObject* result;

  load = PyMem_Calloc(1, sizeof(*load));
  if (load == NULL)
    return PyErr_NoMemory();
  load->epoll = -1;
  load->histogram.min = UINT64_MAX;

  result = NULL;
  if (parse_arguments(args, kwargs, load) == 0) {
    run_all(load);
    if (load->fault != FAULT_NONE)
      raise_fault(module, load);
    else
      result = build_result(load);
  }
  PyMem_Free(load);
  return result;
}


static PyMethodDef methods[] = {
  {"run", (PyCFunction) (void (*)(void)) run, METH_VARARGS | METH_KEYWORDS,
   run_doc},
  {NULL, NULL, 0, NULL}
};


PyDoc_STRVAR(error_doc,
"The load could not be carried through.\n"
"\n"
"Attributes:\n"
"    kind: 'connect', 'closed', 'corrupt', 'surplus', 'deadline' or 'system'.\n"
"    errno: The system's error number, 0 if there was none.\n"
"    connection: The number of the connection, counted from 0.\n"
"    messages: How many messages had come back whole.\n");

static int module_exec(PyObject* module) {
  module_state_t* state;

  state = PyModule_GetState(module);
  state->error = PyErr_NewExceptionWithDoc(
      "uvnet.bench._load.LoadError", error_doc, PyExc_RuntimeError, NULL);
  return PyModule_AddObjectRef(module, "LoadError", state->error);
}


static int module_traverse(PyObject* module, visitproc visit, void* arg) {
  module_state_t* state = PyModule_GetState(module);

  Py_VISIT(state->error);
  return 0;
}


static int module_clear(PyObject* module) {
  module_state_t* state = PyModule_GetState(module);

  Py_CLEAR(state->error);
  return 0;
}


static PyModuleDef_Slot slots[] = {
  {Py_mod_exec, module_exec},
#if PY_VERSION_HEX >= 0x030c0000
  {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030d0000
  {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
  {0, NULL}
};


static struct PyModuleDef definition = {
  PyModuleDef_HEAD_INIT,
  .m_name = "uvnet.bench._load",
  .m_doc = "The load generator: a closed loop of echo requests on bare epoll.",
  .m_size = sizeof(module_state_t),
  .m_methods = methods,
  .m_slots = slots,
  .m_traverse = module_traverse,
  .m_clear = module_clear,
};


PyMODINIT_FUNC PyInit__load(void) {
  return PyModuleDef_Init(&definition);
}

#endif  /* __linux__ */
