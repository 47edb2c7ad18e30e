/* SPDX-License-Identifier: MIT
 *
 * Addresses as Python's socket module has them, to and from sockaddr.
 */

#ifndef UVNET_SOCKNAME_H_
#define UVNET_SOCKNAME_H_

#include "capi.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

/* (host, port), (host, port, flowinfo, scope_id), a path, bytes for an abstract
 * name, None for no address. */
static inline PyObject* uvn_sockname(const struct sockaddr* addr, socklen_t length) {
  const struct sockaddr_in* in = (const struct sockaddr_in*) addr;
  const struct sockaddr_in6* in6 = (const struct sockaddr_in6*) addr;
  const struct sockaddr_un* un = (const struct sockaddr_un*) addr;
  char ip[INET6_ADDRSTRLEN];
  size_t n;

  if (length == 0)
    Py_RETURN_NONE;
  switch (addr->sa_family) {
    case AF_INET:
      if (inet_ntop(AF_INET, &in->sin_addr, ip, sizeof(ip)) == NULL)
        return PyErr_SetFromErrno(PyExc_OSError);
      return Py_BuildValue("(si)", ip, ntohs(in->sin_port));
    case AF_INET6:
      if (inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof(ip)) == NULL)
        return PyErr_SetFromErrno(PyExc_OSError);
      return Py_BuildValue("(siII)", ip, ntohs(in6->sin6_port),
                           ntohl(in6->sin6_flowinfo), in6->sin6_scope_id);
    case AF_UNIX:
      n = length - offsetof(struct sockaddr_un, sun_path);
      if (length <= offsetof(struct sockaddr_un, sun_path))
        return PyUnicode_FromString("");
      if (n > sizeof(un->sun_path))
        n = sizeof(un->sun_path);
#ifdef __linux__
      if (un->sun_path[0] == '\0')
        return PyBytes_FromStringAndSize(un->sun_path, n);
#endif
      return PyUnicode_DecodeFSDefaultAndSize(un->sun_path,
                                              strnlen(un->sun_path, n));
    default:
      return PyErr_Format(PyExc_ValueError,
                          "an address of the unknown family %d",
                          (int) addr->sa_family);
  }
}


static inline int uvn_unix_addr(PyObject* path, struct sockaddr_un* un,
                         socklen_t* length) {
  PyObject* bytes = NULL;
  size_t n;

  if (PyUnicode_Check(path)) {
    bytes = PyUnicode_EncodeFSDefault(path);
  } else if (PyBytes_Check(path)) {
    bytes = path;
    Py_INCREF(bytes);
  } else {
    PyErr_Format(PyExc_TypeError,
                 "the address of a Unix socket must be str or bytes, not %R",
                 path);
  }
  if (bytes == NULL)
    return -1;
  n = PyBytes_GET_SIZE(bytes);
  /* A path needs a NUL at its end, an abstract name does not. */
  if (n + (n == 0 || PyBytes_AS_STRING(bytes)[0] != '\0') >
      sizeof(un->sun_path)) {
    Py_DECREF(bytes);
    PyErr_SetString(PyExc_OSError, "AF_UNIX path too long");
    return -1;
  }
  un->sun_family = AF_UNIX;
  memcpy(un->sun_path, PyBytes_AS_STRING(bytes), n);
  *length = offsetof(struct sockaddr_un, sun_path) + n;
  if (n == 0 || un->sun_path[0] != '\0')
    (*length)++;
  Py_DECREF(bytes);
  return 0;
}


/* 0, or 1 if the host is no literal of the family and has to be looked up, or -1
 * with an exception raised: TypeError, OverflowError, OSError. */
static inline int uvn_sockaddr(PyObject* address, int family,
                        struct sockaddr_storage* out, socklen_t* length) {
  struct sockaddr_in6* in6 = (struct sockaddr_in6*) out;
  unsigned int flowinfo = 0;
  unsigned int scope_id = 0;
  PyObject* host;
  const char* ip;
  Py_ssize_t n;
  int port;

  memset(out, 0, sizeof(*out));
  if (family == AF_UNIX)
    return uvn_unix_addr(address, (struct sockaddr_un*) out, length);
  if (family != AF_INET && family != AF_INET6) {
    PyErr_Format(PyExc_OSError, "cannot send to family %d", family);
    return -1;
  }
  if (!PyTuple_Check(address)) {
    PyErr_Format(PyExc_TypeError, "an address must be a tuple, not %R",
                 address);
    return -1;
  }
  if (!PyArg_ParseTuple(address,
                        family == AF_INET ? "Oi;an address is (host, port)"
                                          : "Oi|II;an address is (host, port"
                                            "[, flowinfo[, scope_id]])",
                        &host, &port, &flowinfo, &scope_id))
    return -1;
  if (port < 0 || port > 65535) {
    PyErr_SetString(PyExc_OverflowError, "port must be 0-65535.");
    return -1;
  }
  if (flowinfo > 0xfffff) {
    PyErr_SetString(PyExc_OverflowError, "flowinfo must be 0-1048575.");
    return -1;
  }
  if (!PyUnicode_Check(host))
    return 1;
  ip = PyUnicode_AsUTF8AndSize(host, &n);
  if (ip == NULL)
    return -1;
  if (UVN(uvn_addr_parse)(ip, n, port, family == AF_INET ? 4 : 6, out) != 0)
    return 1;
  *length = sizeof(struct sockaddr_in);
  if (family == AF_INET6) {
    *length = sizeof(*in6);
    in6->sin6_flowinfo = htonl(flowinfo);
    if (scope_id != 0)
      in6->sin6_scope_id = scope_id;
  }
  return 0;
}

#endif  /* UVNET_SOCKNAME_H_ */
