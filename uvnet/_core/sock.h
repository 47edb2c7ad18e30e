/* SPDX-License-Identifier: MIT
 *
 * recv(2) and send(2) that never block, and the socket object that is meant.
 */

#ifndef UVNET_SOCK_H_
#define UVNET_SOCK_H_

#include <Python.h>

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0  /* macOS: Python ignores SIGPIPE. */
#endif

/* Both return a negative errno; -EAGAIN if it would block. */
static inline ssize_t uvn_recv(int fd, char* base, size_t size) {
  ssize_t n;

  do
    n = recv(fd, base, size, MSG_DONTWAIT);
  while (n == -1 && errno == EINTR);
  if (n >= 0)
    return n;
  return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

static inline ssize_t uvn_send(int fd, const char* base, size_t size) {
  ssize_t n;

  do
    n = send(fd, base, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (n == -1 && errno == EINTR);
  if (n >= 0)
    return n;
  return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

/* 1 if the weak reference, or None, refers to `object`. */
static inline int uvn_refers_to(PyObject* ref, PyObject* object) {
  int same;

  if (ref == Py_None)
    return 0;
#if PY_VERSION_HEX >= 0x030D0000
  {
    PyObject* referent;

    if (PyWeakref_GetRef(ref, &referent) != 1)
      return 0;
    same = referent == object;
    Py_DECREF(referent);
  }
#else
  same = PyWeakref_GET_OBJECT(ref) == object;
#endif
  return same;
}

/* What Cython would do is to make a StopIteration and a traceback for each
 * value. */
static inline void uvn_set_steps(PyObject* cls, void* iternext, void* send) {
  PyTypeObject* type = (PyTypeObject*) cls;

  type->tp_iternext = (iternextfunc) iternext;
  type->tp_as_async->am_send = (sendfunc) send;
  PyType_Modified(type);
}

#endif  /* UVNET_SOCK_H_ */
