/* SPDX-License-Identifier: MIT
 *
 * libuv's error numbers and the flags of its calls, as a Python dict.
 */

#ifndef UVNET_CONSTANTS_H_
#define UVNET_CONSTANTS_H_

#include <Python.h>
#include <uv.h>

#define UVN_FLAGS(X)                                                          \
  X(READABLE)                                                                 \
  X(WRITABLE)                                                                 \
  X(DISCONNECT)                                                               \
  X(PRIORITIZED)                                                              \
  X(TCP_IPV6ONLY)                                                             \
  X(TCP_REUSEPORT)

static int uvn_constants_add(PyObject* dict, const char* name, long value) {
  PyObject* number = PyLong_FromLong(value);
  int err;

  if (number == NULL)
    return -1;
  err = PyDict_SetItemString(dict, name, number);
  Py_DECREF(number);
  return err;
}

/* UV_EOF and its like, negative; then the flags. */
static int uvn_constants(PyObject* errors, PyObject* flags) {
#define X(name, text)                                                         \
  if (uvn_constants_add(errors, "UV_" #name, UV_##name) < 0)                  \
    return -1;
  UV_ERRNO_MAP(X)
#undef X
#define X(name)                                                               \
  if (uvn_constants_add(flags, "UV_" #name, UV_##name) < 0)                   \
    return -1;
  UVN_FLAGS(X)
#undef X
  return 0;
}

#endif  /* UVNET_CONSTANTS_H_ */
