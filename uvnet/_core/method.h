/* SPDX-License-Identifier: MIT
 *
 * Methods that take their arguments as they come: for what is called so often
 * that even the parsing of arguments counts.
 */

#ifndef UVNET_METHOD_H_
#define UVNET_METHOD_H_

#include <Python.h>

/* Puts `function`, of the kind that `flags` tells, in the place of a method of
 * the extension type `cls`, with the same name and docstring. Returns the old
 * method, a new reference. */
static inline PyObject* uvn_replace_method(PyObject* cls, const char* name,
                                           void* function, int flags) {
  PyTypeObject* type = (PyTypeObject*) cls;
  PyObject* old = PyDict_GetItemString(type->tp_dict, name);
  PyMethodDef* method = (PyMethodDef*) PyMem_Malloc(sizeof(*method));
  PyObject* descr;
  int err;

  if (method == NULL)
    return PyErr_NoMemory();
  Py_INCREF(old);
  *method = *((PyMethodDescrObject*) old)->d_method; /* Lives as long as cls. */
  method->ml_meth = (PyCFunction) function;
  method->ml_flags = flags;
  descr = PyDescr_NewMethod(type, method);
  err = descr != NULL ? PyDict_SetItemString(type->tp_dict, name, descr) : -1;
  Py_XDECREF(descr);
  PyType_Modified(type);
  if (err) {
    Py_DECREF(old);
    return NULL;
  }
  return old;
}

/* Calls method(self, *args) with keywords named `kwnames`, or NULL. */
static inline PyObject* uvn_call_method(PyObject* method, PyObject* self,
                                        PyObject* const* args,
                                        Py_ssize_t nargs, PyObject* kwnames) {
  PyObject* all[8];
  PyObject** stack = all;
  PyObject* result;
  Py_ssize_t n = nargs;

  if (kwnames != NULL)
    n += PyTuple_GET_SIZE(kwnames);
  if (n > 7) {
    stack = (PyObject**) PyMem_Malloc((n + 1) * sizeof(*stack));
    if (stack == NULL)
      return PyErr_NoMemory();
  }
  stack[0] = self;
  if (n > 0)
    memcpy(stack + 1, args, n * sizeof(*stack));
  result = PyObject_Vectorcall(method, stack, nargs + 1, kwnames);
  if (stack != all)
    PyMem_Free(stack);
  return result;
}

#endif
