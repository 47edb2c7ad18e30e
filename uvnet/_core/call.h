/* SPDX-License-Identifier: MIT
 *
 * A call without what PyObject_Vectorcall() does besides: looking the thread
 * state up and checking, in release builds too, that the result is consistent.
 */

#ifndef UVNET_CALL_H_
#define UVNET_CALL_H_

#include <Python.h>

static inline PyObject* uvn_call(PyObject* callable, PyObject** args,
                                 size_t nargsf) {
  vectorcallfunc function = PyVectorcall_Function(callable);

  if (function == NULL)
    return PyObject_Vectorcall(callable, args, nargsf, NULL);
  return function(callable, args, nargsf, NULL);
}

#endif  /* UVNET_CALL_H_ */
