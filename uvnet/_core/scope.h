/* SPDX-License-Identifier: MIT
 *
 * The loop's dealings with the interpreter: its lock and its exceptions.
 */

#ifndef UVNET_SCOPE_H_
#define UVNET_SCOPE_H_

#include <Python.h>

#include "uvn.h"

/* The loop that runs in this thread; borrowed. */
static _Thread_local PyObject* uvn_running_loop;

/* The poll hooks. In C, for not even a reference may be counted between. */
static void uvn_release_gil(uvn_loop_t* loop) {
  loop->lock = PyEval_SaveThread();
}

static void uvn_acquire_gil(uvn_loop_t* loop) {
  PyEval_RestoreThread(loop->lock);
}

/* The raised exception, no longer raised; None if there was none. */
static inline PyObject* uvn_take_exception(void) {
#if PY_VERSION_HEX >= 0x030C0000
  PyObject* exc = PyErr_GetRaisedException();

  if (exc != NULL)
    return exc;
#else
  PyObject* type;
  PyObject* exc;
  PyObject* traceback;

  PyErr_Fetch(&type, &exc, &traceback);
  if (type != NULL) {
    PyErr_NormalizeException(&type, &exc, &traceback);
    if (traceback != NULL)
      PyException_SetTraceback(exc, traceback);
    Py_DECREF(type);
    Py_XDECREF(traceback);
    return exc;
  }
#endif
  Py_RETURN_NONE;
}

/* Makes `exc` what sys.exc_info() tells; None ends that. */
static inline void uvn_handle_exception(PyObject* exc) {
  PyErr_SetHandledException(exc == Py_None ? NULL : exc);
}

#endif  /* UVNET_SCOPE_H_ */
