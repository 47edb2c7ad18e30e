/* SPDX-License-Identifier: MIT
 *
 * Weak references, the same on every Python.
 */

#ifndef UVNET_WEAK_H_
#define UVNET_WEAK_H_

#include <Python.h>

/* What the weak reference refers to, a new reference, or NULL if it is gone or
 * `ref` is None. */
static inline PyObject* uvn_weak_get(PyObject* ref) {
  PyObject* referent;

  if (ref == Py_None)
    return NULL;
#if PY_VERSION_HEX >= 0x030D0000
  if (PyWeakref_GetRef(ref, &referent) != 1)
    return NULL;
#else
  referent = PyWeakref_GET_OBJECT(ref);
  if (referent == Py_None)
    return NULL;
  Py_INCREF(referent);
#endif
  return referent;
}

/* 1 if the weak reference, or None, refers to `object`. */
static inline int uvn_refers_to(PyObject* ref, PyObject* object) {
  PyObject* referent = uvn_weak_get(ref);

  Py_XDECREF(referent);
  return referent != NULL && referent == object;
}

#endif  /* UVNET_WEAK_H_ */
