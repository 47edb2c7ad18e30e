/* SPDX-License-Identifier: MIT
 *
 * A ring of object references: the loop's queues. First in, first out, no
 * allocation while it does not grow.
 */

#ifndef UVNET_RING_H_
#define UVNET_RING_H_

#include <Python.h>

typedef struct {
  PyObject** items;
  size_t head;
  size_t count;
  size_t mask;  /* Capacity minus one; the capacity is a power of two. */
} uvn_ring_t;

static inline int uvn_ring_grow(uvn_ring_t* ring) {
  size_t capacity = ring->items == NULL ? 64 : 2 * (ring->mask + 1);
  PyObject** items = PyMem_New(PyObject*, capacity);
  size_t i;

  if (items == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  for (i = 0; i < ring->count; i++)
    items[i] = ring->items[(ring->head + i) & ring->mask];
  PyMem_Free(ring->items);
  ring->items = items;
  ring->head = 0;
  ring->mask = capacity - 1;
  return 0;
}

/* Steals the reference, also on failure. */
static inline int uvn_ring_push(uvn_ring_t* ring, PyObject* item) {
  if (ring->items == NULL || ring->count > ring->mask) {
    if (uvn_ring_grow(ring) < 0) {
      Py_DECREF(item);
      return -1;
    }
  }
  ring->items[(ring->head + ring->count++) & ring->mask] = item;
  return 0;
}

/* The caller owns the reference. The ring must not be empty. */
static inline PyObject* uvn_ring_pop(uvn_ring_t* ring) {
  PyObject* item = ring->items[ring->head];

  ring->head = (ring->head + 1) & ring->mask;
  ring->count--;
  return item;
}

static inline int uvn_ring_visit(uvn_ring_t* ring, visitproc visit,
                                 void* arg) {
  size_t i;

  for (i = 0; i < ring->count; i++)
    Py_VISIT(ring->items[(ring->head + i) & ring->mask]);
  return 0;
}

static inline void uvn_ring_clear(uvn_ring_t* ring) {
  while (ring->count > 0)
    Py_DECREF(uvn_ring_pop(ring));
  PyMem_Free(ring->items);
  ring->items = NULL;
  ring->head = ring->mask = 0;
}

#endif  /* UVNET_RING_H_ */
