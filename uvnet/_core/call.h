/* SPDX-License-Identifier: MIT
 *
 * A call without what PyObject_Vectorcall() does besides: looking the thread
 * state up and checking, in release builds too, that the result is consistent.
 * And the thread it is made in.
 */

#ifndef UVNET_CALL_H_
#define UVNET_CALL_H_

#include <Python.h>
#include <pthread.h>

/* What PyThread_get_thread_ident() returns, without asking Python. */
static inline unsigned long uvn_thread(void) {
  return (unsigned long) pthread_self();
}

static inline PyObject* uvn_call(PyObject* callable, PyObject** args,
                                 size_t nargsf) {
  vectorcallfunc function = PyVectorcall_Function(callable);

  if (function == NULL)
    return PyObject_Vectorcall(callable, args, nargsf, NULL);
  return function(callable, args, nargsf, NULL);
}

#endif  /* UVNET_CALL_H_ */
