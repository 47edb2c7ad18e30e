/* SPDX-License-Identifier: MIT
 *
 * How a native awaitable is stepped.
 */

#ifndef UVNET_STEPS_H_
#define UVNET_STEPS_H_

#include <Python.h>

/* Puts these in the place of __next__() and of what a coroutine calls instead.
 * What Cython would do is to make a StopIteration and a traceback for each
 * value. */
static inline void uvn_set_steps(PyObject* cls, void* iternext, void* send) {
  PyTypeObject* type = (PyTypeObject*) cls;

  type->tp_iternext = (iternextfunc) iternext;
  type->tp_as_async->am_send = (sendfunc) send;
  PyType_Modified(type);
}

#endif  /* UVNET_STEPS_H_ */
