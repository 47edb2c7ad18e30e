/* SPDX-License-Identifier: MIT
 *
 * The arguments of a run, as Python gives them, and what is said of wrong ones.
 */

#ifdef __linux__

#define PY_SSIZE_T_CLEAN
#include "_load_arguments.h"

#include <limits.h>
#include <math.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#define CONNECTIONS_MAX 65520
#define DEPTH_MAX 4096
#define RATE_MAX 1e8
#define SIZE_MAX_BYTES (64 << 20)
#define LINE_MAX_BYTES (1 << 20)
#define UDP_MAX 65507
#define DAY 86400.0

static const kind_t* const kinds[] = { &echo_kind,  &sink_kind,  &source_kind,
                                       &churn_kind, &storm_kind, &http_kind };

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))


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


static int check_number(const char* name, double value, double low,
                        double high) {
  PyObject* given;

  if (isfinite(value) && value >= low && value <= high)
    return 0;
  given = PyFloat_FromDouble(value);
  if (given != NULL) {
    PyErr_Format(PyExc_ValueError,
                 low > 0 ? "%s must be above 0 and at most %lld, got %R"
                         : "%s must be between 0 and %lld, got %R",
                 name, (long long) high, given);
    Py_DECREF(given);
  }
  return -1;
}


static int parse_kind(const char* name, load_t* load) {
  size_t i;

  for (i = 0; i < KINDS; i++)
    if (strcmp(name, kinds[i]->name) == 0)
      break;
  if (i == KINDS) {
    PyErr_Format(PyExc_ValueError,
                 "kind must be 'echo', 'sink', 'source', 'churn', 'storm' or "
                 "'http', got '%s'",
                 name);
    return -1;
  }
  load->kind = kinds[i];
  return 0;
}


/* Whether `given` is an option that the kind of load has. */
static int check_option(const load_t* load, const char* name, bool given,
                        bool possible) {
  if (!given || possible)
    return 0;
  PyErr_Format(PyExc_ValueError, "%s cannot be given for kind '%s'", name,
               load->kind->name);
  return -1;
}


static int check_options(const load_t* load) {
  bool echo = load->kind == &echo_kind;

  if (check_option(load, "depth", load->depth > 1, load->kind->in_flight) ||
      check_option(load, "rate", load->rate > 0, load->kind->in_flight) ||
      check_option(load, "lines", load->lines, echo) ||
      check_option(load, "datagrams", load->datagrams, echo) ||
      check_option(load, "warmup", load->warmup > 0, load->kind != &sink_kind))
    return -1;
  if (load->datagrams && load->secure) {
    PyErr_SetString(PyExc_ValueError, "datagrams and tls exclude each other");
    return -1;
  }
  return 0;
}


int load_parse(PyObject* args, PyObject* kwargs, load_t* load) {
  static char* names[] = { "address", "kind",   "connections", "size",
                           "depth",   "rate",   "lines",       "messages",
                           "seconds", "warmup", "deadline",    "datagrams",
                           "tls",     NULL };
  PyObject* address;
  const char* kind = "echo";
  long long connections = 16;
  long long size = 1024;
  long long depth = 1;
  long long messages = 0;
  long long warmup = 0;
  double seconds = 0.0;
  int lines = 0;
  int datagrams = 0;
  int tls = 0;

  load->deadline_seconds = 30.0;
  if (!PyArg_ParseTupleAndKeywords(
          args, kwargs, "O|$sLLLdpLdLdpp:run", names, &address, &kind,
          &connections, &size, &depth, &load->rate, &lines, &messages, &seconds,
          &warmup, &load->deadline_seconds, &datagrams, &tls))
    return -1;
  if (parse_kind(kind, load) ||
      check_range("connections", connections, 1, CONNECTIONS_MAX) ||
      check_range("size", size, 1,
                  datagrams ? UDP_MAX
                  : lines   ? LINE_MAX_BYTES
                            : SIZE_MAX_BYTES) ||
      check_range("depth", depth, 1, DEPTH_MAX) ||
      check_range("messages", messages, 0, LLONG_MAX / 2) ||
      check_range("warmup", warmup, 0, LLONG_MAX / 2) ||
      check_number("rate", load->rate, 0.0, RATE_MAX) ||
      check_number("seconds", seconds, 0.0, DAY) ||
      check_number("deadline", load->deadline_seconds, 1e-9, DAY))
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
  load->depth = (unsigned int) depth;
  load->lines = lines;
  load->datagrams = datagrams;
  load->secure = tls;
  load->messages = (uint64_t) messages;
  load->warmup = (uint64_t) warmup;
  load->duration = (uint64_t) (seconds * 1e9);
  return check_options(load) || parse_address(address, load) ? -1 : 0;
}

#endif /* __linux__ */
