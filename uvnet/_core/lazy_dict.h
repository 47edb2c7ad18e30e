/* SPDX-License-Identifier: MIT
 *
 * Objects without a dict of their own until somebody sets an attribute that
 * their class does not know.
 *
 * The slot is NULL until then. But Python 3.11 finds a method quickly only of
 * an object that has a dict, as later ones do of an object that has none: there
 * the slot can also refer to an empty dict that all of them share.
 */

#ifndef UVNET_LAZY_DICT_H_
#define UVNET_LAZY_DICT_H_

#include <Python.h>

/* Undoes what Cython does for every new object: 64 bytes that few ever need. */
static inline void uvn_drop_dict(PyObject* self) {
  Py_CLEAR(*_PyObject_GetDictPtr(self));
}

#if PY_VERSION_HEX < 0x030C0000

static PyObject* uvn_empty_dict;

static inline void uvn_share_dict(PyObject* self) {
  PyObject** dict = _PyObject_GetDictPtr(self);

  Py_INCREF(uvn_empty_dict);
  Py_XSETREF(*dict, uvn_empty_dict);
}

/* Gives the object a dict of its own, where it has the shared one. */
static inline int uvn_own_dict(PyObject* self) {
  PyObject** dict = _PyObject_GetDictPtr(self);
  PyObject* own;

  if (*dict != uvn_empty_dict)
    return 0;
  own = PyDict_New();
  if (own == NULL)
    return -1;
  Py_SETREF(*dict, own);
  return 0;
}

static PyObject* uvn_get_dict(PyObject* self, void* context) {
  return uvn_own_dict(self) ? NULL : PyObject_GenericGetDict(self, context);
}

/* Prepares a class whose __setattr__ calls uvn_own_dict(). */
static inline int uvn_prepare_class(PyObject* cls) {
  static PyGetSetDef attribute = {"__dict__", uvn_get_dict, NULL, NULL, NULL};
  PyTypeObject* type = (PyTypeObject*) cls;
  PyObject* descr = PyDescr_NewGetSet(type, &attribute);
  int err;

  if (descr == NULL)
    return -1;
  err = PyDict_SetItemString(type->tp_dict, "__dict__", descr);
  Py_DECREF(descr);
  PyType_Modified(type);
  uvn_empty_dict = PyDict_New();
  return err || uvn_empty_dict == NULL ? -1 : 0;
}

#else

#define uvn_share_dict uvn_drop_dict
#define uvn_own_dict(self) 0
#define uvn_prepare_class(cls) 0

#endif

#endif  /* UVNET_LAZY_DICT_H_ */
