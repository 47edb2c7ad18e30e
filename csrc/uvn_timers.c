/* SPDX-License-Identifier: MIT
 *
 * Timers: one uv_timer_t a loop, a binary heap of deadlines in front of it, and
 * lists of idle timeouts, one list a duration, so that a refresh is O(1).
 *
 * The uv timer is armed just before the poll, and only if the heap's top has
 * changed: a timer that is started and cancelled in between costs no more than
 * its place in an array.
 */

#include "uvn_internal.h"

#include <stdlib.h>

#define UVN_BUCKETS 64   /* Of the table that finds the list of a duration. */
#define UVN_NS_PER_MS 1000000
#define UVN_PURGED UINT32_MAX  /* As an index: out of the heap, to be told. */

struct uvn_idle_list_s {
  uvn_timer_t timer;      /* Scheduled while the list is not empty. */
  uvn_loop_t* loop;
  uint64_t duration;      /* Milliseconds. */
  int firing;             /* Callbacks of its entries are running. */
  uvn_idle_t head;        /* Sentinel; the oldest entry is head.next. */
  uvn_idle_list_t* next;  /* In its bucket. */
};


/* ------------------------------------------------------------------ heap -- */

static int uvn__before(const uvn_timer_t* a, const uvn_timer_t* b) {
  return a->when < b->when || (a->when == b->when && a->seq < b->seq);
}


static void uvn__place(uvn_timers_t* t, uvn_timer_t* timer, uint32_t i) {
  t->heap[i] = timer;
  timer->index = i + 1;
}


static void uvn__sift_up(uvn_timers_t* t, uvn_timer_t* timer, uint32_t i) {
  uint32_t parent;

  while (i > 0) {
    parent = (i - 1) / 2;
    if (!uvn__before(timer, t->heap[parent]))
      break;
    uvn__place(t, t->heap[parent], i);
    i = parent;
  }
  uvn__place(t, timer, i);
}


static void uvn__sift_down(uvn_timers_t* t, uvn_timer_t* timer, uint32_t i) {
  uint32_t child;

  for (;;) {
    child = 2 * i + 1;
    if (child >= t->size)
      break;
    if (child + 1 < t->size &&
        uvn__before(t->heap[child + 1], t->heap[child]))
      child++;
    if (!uvn__before(t->heap[child], timer))
      break;
    uvn__place(t, t->heap[child], i);
    i = child;
  }
  uvn__place(t, timer, i);
}


static void uvn__remove(uvn_timers_t* t, uvn_timer_t* timer) {
  uint32_t i = timer->index - 1;
  uvn_timer_t* last;

  timer->index = 0;
  if (i == 0)
    t->dirty = 1;
  last = t->heap[--t->size];
  if (last == timer)
    return;
  if (i > 0 && uvn__before(last, t->heap[(i - 1) / 2]))
    uvn__sift_up(t, last, i);
  else
    uvn__sift_down(t, last, i);
}


/* Hands the dead entries back. More than half of a heap dead is garbage. */
static void uvn__purge(uvn_timers_t* t) {
  uvn_timer_t* timer;
  uint32_t i;
  uint32_t n = 0;

  /* Their callbacks may start, stop and cancel timers, these included: first
   * mend the heap. `when` is of no more use to a dead entry and links them. */
  for (i = 0; i < t->size; i++) {
    timer = t->heap[i];
    if (timer->cancelled) {
      timer->index = UVN_PURGED;
      timer->when = (uintptr_t) t->purged;
      t->purged = timer;
    } else {
      uvn__place(t, timer, n++);
    }
  }
  t->size = n;
  t->cancelled = 0;
  t->dirty = 1;
  for (i = n / 2; i-- > 0;)
    uvn__sift_down(t, t->heap[i], i);

  while ((timer = t->purged) != NULL) {
    t->purged = (uvn_timer_t*) (uintptr_t) timer->when;
    timer->index = 0;
    timer->cb(timer);
  }
}


static void uvn__unlink_purged(uvn_timers_t* t, uvn_timer_t* timer) {
  uvn_timer_t* prev = t->purged;

  if (prev == timer) {
    t->purged = (uvn_timer_t*) (uintptr_t) timer->when;
  } else {
    while ((uvn_timer_t*) (uintptr_t) prev->when != timer)
      prev = (uvn_timer_t*) (uintptr_t) prev->when;
    prev->when = timer->when;
  }
  timer->index = 0;
}


int uvn_timer_start(uvn_loop_t* loop, uvn_timer_t* timer, uint64_t when,
                    uvn_timer_cb cb) {
  uvn_timers_t* t = &loop->timers;
  uvn_timer_t** heap;
  uint32_t capacity;

  if (timer->index != 0)
    return UV_EBUSY;
  if (t->size == t->capacity) {
    if (t->capacity > UINT32_MAX / 4)
      return UV_ENOMEM;
    capacity = t->capacity ? 2 * t->capacity : 64;
    heap = realloc(t->heap, capacity * sizeof(*heap));
    if (heap == NULL)
      return UV_ENOMEM;
    t->heap = heap;
    t->capacity = capacity;
  }

  /* In a callback, what is due already waits for the next turn, behind all
   * that is due in this one. */
  timer->when = when > t->firing ? when : t->firing + 1;
  timer->seq = t->seq++;
  timer->cb = cb;
  timer->unreferenced = 0;
  timer->cancelled = 0;
  if (t->referenced++ == 0)
    t->dirty = 1;
  uvn__sift_up(t, timer, t->size++);
  if (timer->index == 1)
    t->dirty = 1;
  return 0;
}


static void uvn__unreference(uvn_timers_t* t, const uvn_timer_t* timer) {
  if (!timer->unreferenced && --t->referenced == 0)
    t->dirty = 1;
}


void uvn_timer_stop(uvn_loop_t* loop, uvn_timer_t* timer) {
  uvn_timers_t* t = &loop->timers;

  if (timer->index == 0)
    return;
  if (timer->index == UVN_PURGED) {
    uvn__unlink_purged(t, timer);
    return;
  }
  if (timer->cancelled)
    t->cancelled--;
  else
    uvn__unreference(t, timer);
  uvn__remove(t, timer);
}


void uvn_timer_cancel(uvn_loop_t* loop, uvn_timer_t* timer) {
  uvn_timers_t* t = &loop->timers;

  if (timer->index == 0 || timer->cancelled)
    return;
  uvn__unreference(t, timer);
  timer->cancelled = 1;
  t->cancelled++;
  if (t->cancelled > 64 && t->cancelled > t->size / 2)
    uvn__purge(t);
}


void uvn_timer_set_ref(uvn_loop_t* loop, uvn_timer_t* timer, int referenced) {
  uvn_timers_t* t = &loop->timers;

  if (timer->index == 0 || timer->cancelled ||
      timer->unreferenced == !referenced)
    return;
  if (referenced) {
    timer->unreferenced = 0;
    if (t->referenced++ == 0)
      t->dirty = 1;
  } else {
    uvn__unreference(t, timer);
    timer->unreferenced = 1;
  }
}


static void uvn__on_timer(uv_timer_t* handle) {
  uvn_timers_t* t = &UVN_LOOP(handle)->timers;
  uint64_t now = uv_hrtime();
  uint64_t outer = t->firing;
  uvn_timer_t* timer;

  t->dirty = 1;
  t->firing = now;
  while (t->size > 0) {
    timer = t->heap[0];
    if (!timer->cancelled && timer->when > now)
      break;
    if (timer->cancelled)
      t->cancelled--;
    else
      uvn__unreference(t, timer);
    uvn__remove(t, timer);
    timer->cb(timer);
  }
  t->firing = outer;
}


void uvn__timers_arm(uvn_loop_t* loop) {
  uvn_timers_t* t = &loop->timers;
  uvn_timer_t* timer;
  uint64_t deadline;

  if (!t->dirty)
    return;
  while (t->size > 0 && t->heap[0]->cancelled) {
    timer = t->heap[0];
    t->cancelled--;
    uvn__remove(t, timer);
    timer->cb(timer);
  }
  t->dirty = 0;

  /* Even without a timer: a poll without any timeout cannot be left when it
   * fails. Rounded up: uv->time is rounded down, so no timer fires early. */
  deadline = UINT64_MAX;
  if (t->size > 0)
    deadline = t->heap[0]->when / UVN_NS_PER_MS +
               (t->heap[0]->when % UVN_NS_PER_MS != 0);
  /* One that is due already, such as one without a delay, waits for no tick. */
  if (deadline < loop->uv.time ||
      (t->size > 0 && t->heap[0]->when <= uv_hrtime()))
    deadline = loop->uv.time;
  uv_timer_start(&t->uv, uvn__on_timer, deadline - loop->uv.time, 0);
  if (t->referenced > 0)
    uv_ref((uv_handle_t*) &t->uv);
  else
    uv_unref((uv_handle_t*) &t->uv);
}


/* --------------------------------------------------------- idle timeouts -- */

static void uvn__idle_unlink(uvn_idle_t* idle) {
  idle->prev->next = idle->next;
  idle->next->prev = idle->prev;
}


static void uvn__idle_append(uvn_idle_list_t* list, uvn_idle_t* idle) {
  idle->start = list->loop->uv.time;
  idle->prev = list->head.prev;
  idle->next = &list->head;
  list->head.prev->next = idle;
  list->head.prev = idle;
}


static void uvn__on_idle_list(uvn_timer_t* timer);

static int uvn__idle_schedule(uvn_idle_list_t* list) {
  uint64_t due = list->head.next->start + list->duration;
  int err;

  err = uvn_timer_start(list->loop, &list->timer, due * UVN_NS_PER_MS,
                        uvn__on_idle_list);
  uvn_timer_set_ref(list->loop, &list->timer, 0);
  return err;
}


/* The timer of a list was set for an entry that may have been refreshed, or
 * stopped, since. Only here, once a duration at most, is that made good. */
static void uvn__on_idle_list(uvn_timer_t* timer) {
  uvn_idle_list_t* list = UVN_CONTAINER_OF(timer, uvn_idle_list_t, timer);
  uint64_t now = list->loop->uv.time;
  uvn_idle_t* idle;

  list->firing = 1;
  while ((idle = list->head.next) != &list->head) {
    if (now - idle->start < list->duration) {
      if (list->timer.index == 0)  /* A callback may have done so. */
        uvn__idle_schedule(list);
      break;
    }
    uvn__idle_unlink(idle);
    idle->list = NULL;
    idle->cb(idle);
  }
  list->firing = 0;
}


static uvn_idle_list_t* uvn__idle_list(uvn_loop_t* loop, uint64_t duration) {
  uvn_idle_list_t** bucket;
  uvn_idle_list_t** link;
  uvn_idle_list_t* list;

  bucket = &loop->timers.buckets[(duration ^ duration >> 6) % UVN_BUCKETS];
  for (link = bucket; (list = *link) != NULL;) {
    if (list->duration == duration)
      return list;
    /* An empty list with nothing scheduled is only kept for its next use, and
     * makes way when somebody comes along it. */
    if (list->head.next == &list->head && list->timer.index == 0 &&
        !list->firing) {
      *link = list->next;
      free(list);
    } else {
      link = &list->next;
    }
  }

  list = calloc(1, sizeof(*list));
  if (list == NULL)
    return NULL;
  list->loop = loop;
  list->duration = duration;
  list->head.next = &list->head;
  list->head.prev = &list->head;
  list->next = *bucket;
  *bucket = list;
  return list;
}


int uvn_idle_start(uvn_loop_t* loop, uvn_idle_t* idle, uint64_t duration,
                   uvn_idle_cb cb) {
  uvn_idle_list_t* list;
  int err = 0;

  uvn_idle_stop(idle);
  if (duration < 1)
    duration = 1;  /* A list that is due again at once would never end. */
  if (duration > UVN_IDLE_MAX)
    duration = UVN_IDLE_MAX;
  list = uvn__idle_list(loop, duration);
  if (list == NULL)
    return UV_ENOMEM;
  uvn__idle_append(list, idle);
  if (list->timer.index == 0)
    err = uvn__idle_schedule(list);
  if (err) {
    uvn__idle_unlink(idle);
    return err;
  }
  idle->cb = cb;
  idle->list = list;
  idle->duration = duration;
  return 0;
}


void uvn_idle_refresh(uvn_loop_t* loop, uvn_idle_t* idle) {
  if (idle->list == NULL) {
    /* Out of memory, it stays silent: there is nobody to tell. */
    if (idle->duration != 0)
      uvn_idle_start(loop, idle, idle->duration, idle->cb);
    return;
  }
  uvn__idle_unlink(idle);
  uvn__idle_append(idle->list, idle);
}


void uvn_idle_stop(uvn_idle_t* idle) {
  idle->duration = 0;
  if (idle->list == NULL)
    return;
  uvn__idle_unlink(idle);
  idle->list = NULL;
}


/* ------------------------------------------------------------- life time -- */

int uvn__timers_init(uvn_loop_t* loop) {
  uvn_timers_t* t = &loop->timers;

  t->buckets = calloc(UVN_BUCKETS, sizeof(*t->buckets));
  if (t->buckets == NULL)
    return UV_ENOMEM;
  uv_timer_init(&loop->uv, &t->uv);
  t->dirty = 1;
  return 0;
}


/* The entries are their owners'; only the lists and the heap are ours. */
void uvn__timers_free(uvn_loop_t* loop) {
  uvn_timers_t* t = &loop->timers;
  uvn_idle_list_t* list;
  uvn_idle_t* idle;
  uvn_timer_t* timer;
  unsigned i;

  while (t->size > 0) {
    timer = t->heap[--t->size];
    timer->index = 0;
    if (timer->cancelled)
      timer->cb(timer);  /* As cancelling it has promised. */
  }
  for (i = 0; i < UVN_BUCKETS; i++) {
    while ((list = t->buckets[i]) != NULL) {
      t->buckets[i] = list->next;
      for (idle = list->head.next; idle != &list->head; idle = idle->next) {
        idle->list = NULL;
        idle->duration = 0;
      }
      free(list);
    }
  }
  free(t->buckets);
  free(t->heap);
  t->buckets = NULL;
  t->heap = NULL;
  t->capacity = 0;
  t->cancelled = 0;
  t->referenced = 0;
}
