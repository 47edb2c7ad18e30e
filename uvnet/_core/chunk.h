/* SPDX-License-Identifier: MIT
 *
 * Chunks: how received bytes become bytes objects.
 *
 * Up to UVN_CHUNK_SMALL the allocator is cheap. Above, malloc and free cost
 * more than the copy: an object that the callback did not keep is used for the
 * next chunk of about its size.
 */

#ifndef UVNET_CHUNK_H_
#define UVNET_CHUNK_H_

#include <Python.h>

#define UVN_CHUNK_SMALL 512

typedef struct {
  PyObject* spare;      /* Came back unshared; NULL if there is none. */
  Py_ssize_t capacity;  /* Of the spare, which may be larger than its size. */
  uint64_t recycled;    /* How often a spare was used. */
  int enabled;
} uvn_chunks_t;

static inline void uvn_chunks_init(uvn_chunks_t* chunks) {
#ifdef Py_GIL_DISABLED
  chunks->enabled = 0;  /* A count of one proves nothing there. */
#else
  chunks->enabled = 1;
#endif
}

static inline void uvn_chunks_clear(uvn_chunks_t* chunks) {
  Py_CLEAR(chunks->spare);
}

/* The object shrinks or grows within its capacity and forgets its hash. */
static inline void uvn_chunk_reset(PyObject* chunk, Py_ssize_t n) {
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif
  ((PyBytesObject*) chunk)->ob_shash = -1;
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
  Py_SET_SIZE(chunk, n);
  PyBytes_AS_STRING(chunk)[n] = '\0';
}

/* A new reference to a copy; *capacity goes to uvn_chunk_put. */
static inline PyObject* uvn_chunk_take(uvn_chunks_t* chunks, const char* base,
                                       Py_ssize_t n, Py_ssize_t* capacity) {
  PyObject* chunk;

  *capacity = 0;
  if (n <= UVN_CHUNK_SMALL || !chunks->enabled)
    return PyBytes_FromStringAndSize(base, n);

  chunk = chunks->spare;
  /* Half of it at least: whoever keeps a chunk keeps its memory. */
  if (chunk != NULL && n <= chunks->capacity && n >= chunks->capacity / 2) {
    chunks->spare = NULL;
    chunks->recycled++;
    *capacity = chunks->capacity;
    uvn_chunk_reset(chunk, n);
    memcpy(PyBytes_AS_STRING(chunk), base, n);
    return chunk;
  }
  *capacity = n;
  return PyBytes_FromStringAndSize(base, n);
}

/* Takes the reference back after the callback. */
static inline void uvn_chunk_put(uvn_chunks_t* chunks, PyObject* chunk,
                                 Py_ssize_t capacity) {
  PyObject* old;

  if (capacity == 0 || Py_REFCNT(chunk) != 1) {
    Py_DECREF(chunk);
    return;
  }
  old = chunks->spare;
  chunks->spare = chunk;
  chunks->capacity = capacity;
  Py_XDECREF(old);
}

/* What uvn_chunk_put does, for a chunk that the caller has one reference to and
 * is about to drop. It came with a capacity. */
static inline void uvn_chunk_keep(uvn_chunks_t* chunks, PyObject* chunk) {
  PyObject* old;

  if (Py_REFCNT(chunk) != 1)
    return;
  old = chunks->spare;
  Py_INCREF(chunk);
  chunks->spare = chunk;
  chunks->capacity = PyBytes_GET_SIZE(chunk);
  Py_XDECREF(old);
}

#endif  /* UVNET_CHUNK_H_ */
