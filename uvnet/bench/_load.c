/* SPDX-License-Identifier: MIT
 *
 * The load generator's Python side: the module, and the result of a run.
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

#include "_load.h"
#include "_load_arguments.h"


static const char* const fault_names[] = { "",       "system",   "connect",
                                           "closed", "corrupt",  "surplus",
                                           "answer", "deadline", "signal" };

typedef struct {
  PyObject* error;
} module_state_t;


/* Finds the file that OpenSSL's functions are looked up through. Returns a new
 * reference, which holds load->tls_module: None if the module has no file.
 */
static PyObject* find_openssl(load_t* load) {
  PyObject* module;
  PyObject* file;

  if (!load->secure)
    return Py_NewRef(Py_None);
  module = PyImport_ImportModule("_ssl");
  if (module == NULL)
    return NULL;
  file = PyObject_GetAttrString(module, "__file__");
  Py_DECREF(module);
  if (file == NULL) {
    PyErr_Clear();
    return Py_NewRef(Py_None);
  }
  load->tls_module = PyUnicode_AsUTF8(file);
  if (load->tls_module == NULL)
    Py_CLEAR(file);
  return file;
}


/* Lets Python see a pending signal. Only the main thread handles any. */
static bool interrupted(load_t* load) {
  int result;

  PyEval_RestoreThread(load->thread);
  result = PyErr_CheckSignals();
  load->thread = PyEval_SaveThread();
  return result != 0;
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
#define SET(name, value)                                                  \
  do {                                                                    \
    PyObject* object = (value);                                           \
    bad |= object == NULL || PyObject_SetAttrString(error, name, object); \
    Py_XDECREF(object);                                                   \
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
  uint64_t messages;
  uint64_t bytes;
  double seconds;

  histogram = &load->histogram;
  messages = histogram->total;
  bytes = messages * load->size;
  if (load->kind == &sink_kind) {
    bytes = load->bytes;
    messages = bytes / load->size;
  }
  seconds = (double) (load->stopped - load->started) / 1e9;
#define MICROSECONDS(ns) ((double) (ns) / 1000.0)
#define PERCENTILE(p) MICROSECONDS(histogram_percentile(histogram, p))
  return Py_BuildValue(
      "{s:K,s:K,s:d,s:d,s:K,s:d,s:{s:d,s:d,s:d,s:d,s:d,s:d,s:d},s:N}",
      "messages", (unsigned long long) messages, "bytes",
      (unsigned long long) bytes, "seconds", seconds, "cpu_seconds",
      (double) (load->cpu_stopped - load->cpu_started) / 1e9, "messages_total",
      (unsigned long long) load->completed, "rate_offered", load->rate,
      "latency", "min",
      histogram->total == 0 ? 0.0 : MICROSECONDS(histogram->min), "mean",
      histogram->total == 0
          ? 0.0
          : MICROSECONDS((double) histogram->sum / (double) histogram->total),
      "p50", PERCENTILE(50.0), "p90", PERCENTILE(90.0), "p99", PERCENTILE(99.0),
      "p99_9", PERCENTILE(99.9), "max", MICROSECONDS(histogram->max),
      "histogram", build_histogram(histogram));
#undef PERCENTILE
#undef MICROSECONDS
}


PyDoc_STRVAR(
    run_doc,
    "run(address, *, kind='echo', connections=16, size=1024, depth=1, "
    "rate=0.0,\n"
    "    lines=False, messages=0, seconds=0.0, warmup=0, deadline=30.0,\n"
    "    datagrams=False, tls=False)\n"
    "--\n"
    "\n"
    "Load a server, and check every byte that comes back.\n"
    "\n"
    "In a closed loop each connection keeps depth messages in flight, and "
    "sends\n"
    "the next when the whole reply to one has come. With a rate the loop is\n"
    "open: messages are due on a fixed schedule over all connections, and "
    "their\n"
    "latency counts from then, also if their connection was busy. What is sent "
    "is\n"
    "a pattern that differs per connection and offset. At the end every\n"
    "connection is half-closed, and the server has one second to close its\n"
    "side. The GIL is released throughout; signals are handled.\n"
    "\n"
    "Kinds:\n"
    "    echo: Messages of size bytes come back as they were sent.\n"
    "    source: Each request is the 8 bytes, big-endian, of size; the answer\n"
    "        is so many bytes, byte i being i & 255.\n"
    "    sink: Each connection sends as fast as it can, size bytes per call,\n"
    "        and then half-closes; the server answers with the 8 bytes,\n"
    "        big-endian, of how many it received, and closes. No warm-up.\n"
    "    churn: In each of connections slots: connect, one message, its echo,\n"
    "        reset, again. A message is such a cycle.\n"
    "    storm: All connections at once: connect, one message, its echo. When "
    "all\n"
    "        are served all are reset, and the next storm begins. Latency "
    "counts\n"
    "        from a storm's start; the last one is finished.\n"
    "    http: GET requests on kept connections; an answer is HTTP/1.1 200 "
    "with\n"
    "        a Content-Length of size, byte i of its body being 97 + i % 26.\n"
    "\n"
    "Args:\n"
    "    address: (host, port) with a numeric host, or the path of a Unix "
    "socket.\n"
    "    kind: What the load does.\n"
    "    connections: How many connections, 1 to 65520.\n"
    "    size: Bytes per message, 1 to 64 MiB; of a line at most 1 MiB, of a\n"
    "        datagram 65507.\n"
    "    depth: Messages in flight per connection, 1 to 4096; echo and http.\n"
    "    rate: Messages a second over all connections, 0 for a closed loop; "
    "echo\n"
    "        and http.\n"
    "    lines: Each message ends in a newline and has no other; echo.\n"
    "    messages: Stop after this many messages, counted over all "
    "connections;\n"
    "        0 for no limit. Exactly warmup + messages are then sent, but "
    "whole\n"
    "        storms.\n"
    "    seconds: Stop after this long; 0 for no limit. With both, the first "
    "to\n"
    "        come stops the run; one must be given.\n"
    "    warmup: Messages to send before the measurement begins.\n"
    "    deadline: Seconds that the whole run may take, connecting included.\n"
    "    datagrams: UDP: a message is a datagram, and each socket sends an "
    "empty\n"
    "        one at the end. Nothing is sent again: one that is lost, because "
    "of\n"
    "        too many connections, ends in the deadline. Echo only.\n"
    "    tls: TLS, with Python's own OpenSSL. The certificate is not looked "
    "at.\n"
    "\n"
    "Returns:\n"
    "    A dict: messages, bytes and seconds measured; cpu_seconds, the time "
    "that\n"
    "    the generator worked meanwhile (near to seconds: it was the "
    "bottleneck);\n"
    "    messages_total, with the warm-up and the replies awaited at the end;\n"
    "    rate_offered, the messages a second that became due in an open loop, "
    "or\n"
    "    0; latency (min, mean, p50, p90, p99, p99_9, max in microseconds); "
    "and\n"
    "    histogram, a list of (upper bound in nanoseconds, count).\n"
    "\n"
    "Raises:\n"
    "    LoadError: A byte was wrong, lost or surplus, an answer was of the "
    "wrong\n"
    "        form, a connection could not be made or was closed early, or the\n"
    "        deadline passed.\n"
    "    ValueError: An argument is out of range, or not one of this kind.\n");


static PyObject* run(PyObject* module, PyObject* args, PyObject* kwargs) {
  load_t* load;
  PyObject* file;
  PyObject* result;

  load = PyMem_Calloc(1, sizeof(*load));
  if (load == NULL)
    return PyErr_NoMemory();
  load->interrupted = interrupted;

  result = NULL;
  file = NULL;
  if (load_parse(args, kwargs, load) == 0)
    file = find_openssl(load);
  if (file != NULL) {
    load->thread = PyEval_SaveThread();
    load_run(load);
    PyEval_RestoreThread(load->thread);
    if (load->fault != FAULT_NONE)
      raise_fault(module, load);
    else
      result = build_result(load);
  }
  Py_XDECREF(file);
  PyMem_Free(load);
  return result;
}


static PyMethodDef methods[] = { { "run", (PyCFunction) (void (*)(void)) run,
                                   METH_VARARGS | METH_KEYWORDS, run_doc },
                                 { NULL, NULL, 0, NULL } };


PyDoc_STRVAR(error_doc,
             "The load could not be carried through.\n"
             "\n"
             "Attributes:\n"
             "    kind: 'connect', 'closed', 'corrupt', 'surplus', 'answer', "
             "'deadline'\n"
             "        or 'system'.\n"
             "    errno: The system's error number, 0 if there was none.\n"
             "    connection: The number of the connection, counted from 0.\n"
             "    messages: How many messages had come back whole.\n");

static int module_exec(PyObject* module) {
  module_state_t* state;

  state = PyModule_GetState(module);
  state->error = PyErr_NewExceptionWithDoc("uvnet.bench._load.LoadError",
                                           error_doc, PyExc_RuntimeError, NULL);
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


static PyModuleDef_Slot slots[] = { { Py_mod_exec, module_exec },
#if PY_VERSION_HEX >= 0x030c0000
                                    { Py_mod_multiple_interpreters,
                                      Py_MOD_PER_INTERPRETER_GIL_SUPPORTED },
#endif
#if PY_VERSION_HEX >= 0x030d0000
                                    { Py_mod_gil, Py_MOD_GIL_NOT_USED },
#endif
                                    { 0, NULL } };


static struct PyModuleDef definition = {
  PyModuleDef_HEAD_INIT,
  .m_name = "uvnet.bench._load",
  .m_doc = "The load generator: closed and open loops on bare epoll.",
  .m_size = sizeof(module_state_t),
  .m_methods = methods,
  .m_slots = slots,
  .m_traverse = module_traverse,
  .m_clear = module_clear,
};


PyMODINIT_FUNC PyInit__load(void) {
  return PyModuleDef_Init(&definition);
}

#endif /* __linux__ */
