/* SPDX-License-Identifier: MIT
 *
 * The poll: a lock given up around it, and descriptors that died under it.
 *
 * libuv's linux.c and kqueue.c are compiled with uv__io_poll_prepare,
 * uv__io_poll_check, uv__io_cb and (Linux) epoll_ctl and epoll_pwait renamed to
 * the functions below.
 */

#include "uvn_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

#define UVN_ALL_EVENTS (POLLIN | POLLOUT | UV__POLLRDHUP | UV__POLLPRI)

_Thread_local uvn_loop_t* uvn__current;

void uvn__io_poll_prepare(uv_loop_t* uv, sigset_t* set, int timeout);
void uvn__io_poll_check(uv_loop_t* uv, sigset_t* set);
void uvn__io_cb(uv_loop_t* uv, uv__io_t* w, unsigned events);


/* ------------------------------------------------------------- the lock -- */

void uvn__io_poll_prepare(uv_loop_t* uv, sigset_t* set, int timeout) {
  uvn_loop_t* loop = (uvn_loop_t*) uv;

  if (loop->metrics.measured) {
    loop->metrics.blocking = timeout != 0;
    /* A loop that does not block need not read the clock in every turn. */
    if (timeout != 0 || uv->time != loop->metrics.since_ms)
      uvn__metrics_lag(loop);
  }
  uv__io_poll_prepare(uv, set, timeout);
  errno = 0;  /* So that uvn__io_poll_check() can tell an EINTR. */
  /* A poll that returns at once would take the lock back before any thread
   * that waits for it has woken up: see UVN_ATTEND_INTERVAL. */
  if (loop->release == NULL || timeout == 0)
    return;
  loop->released = 1;
  loop->release(loop);
  errno = 0;
}


void uvn__io_poll_check(uv_loop_t* uv, sigset_t* set) {
  uvn_loop_t* loop = (uvn_loop_t*) uv;
  int saved_errno = errno;  /* epoll_pwait's, which libuv reads next. */

  int released = loop->released;

  if (loop->metrics.blocking)  /* Who waits for the lock has been woken. */
    uvn__metrics_idle(loop);
  if (released) {
    loop->acquire(loop);
    /* Only now, under the lock: who sees it cleared need not wake this loop,
     * and libuv polls again, without a turn, after EINTR. */
    loop->released = 0;
  }
  /* After the lock, so that the time spent waiting for it is seen. */
  uv__io_poll_check(uv, set);
  if (loop->metrics.measured)
    loop->metrics.since_ms = uv->time;
  if (released)
    loop->attended_at = uv->time;  /* Whoever asked has had the lock. */
  /* libuv would poll again and tell nobody. */
  if (saved_errno == EINTR && loop->attend != NULL) {
    loop->heard_signal = 1;
    uvn_loop_wakeup(loop);
  }
  loop->polled = loop->catch_up != NULL;
  errno = saved_errno;
}


/* Tells a watcher what the poll has found. */
void uvn__io_cb(uv_loop_t* uv, uv__io_t* w, unsigned events) {
  uvn_loop_t* loop = (uvn_loop_t*) uv;
  unsigned fd = w->fd;

  if (loop->polled) {
    loop->polled = 0;
    /* What was called may have closed or stopped the watcher; libuv takes care
     * of the other ones. */
    if (loop->catch_up(loop) && w != &uv->async_io_watcher) {
      if (fd >= uv->nwatchers || uv->watchers[fd] != w)
        return;
      events &= w->pevents | POLLERR | POLLHUP;
      if (events == 0)
        return;
    }
  }
  uv__io_cb(uv, w, events);
}


/* ------------------------------------------------------ dead descriptors -- */

int uvn_fd_alive(int fd) {
  return fd >= 0 && fcntl(fd, F_GETFD) != -1;
}


/* A descriptor that was closed by somebody else but lives on in a copy stays in
 * the poll set under a number by which it cannot be removed, and its events
 * would make the loop spin. The set is made anew, at a safe moment. */
static void uvn__distrust_set(uvn_loop_t* loop) {
  loop->stale_set = 1;
  uvn_loop_wakeup(loop);
}


static uv_handle_t* uvn__watcher_handle(uv__io_t* w) {
  switch (uv__io_cb_get(w)) {
    case UV__STREAM_IO:
    case UV__SERVER_IO:
      return (uv_handle_t*) UVN_CONTAINER_OF(w, uv_stream_t, io_watcher);
    case UV__POLL_IO:
      return (uv_handle_t*) UVN_CONTAINER_OF(w, uv_poll_t, io_watcher);
    default:
      return NULL;  /* libuv's own. */
  }
}


/* A descriptor that is nobody's, for a stream to own and close instead of the
 * one it has lost; -1 if there is none. */
static int uvn__placeholder(uv_loop_t* uv) {
  int fd = uv__open_cloexec("/dev/null", O_RDWR);

  if (fd < 0) {  /* Out of descriptors: the one in reserve is such a one. */
    fd = uv->emfile_fd;
    uv->emfile_fd = -1;
  }
  return fd;
}


/* The kernel will not tell of `w` any more. Its owner hears why at a safe
 * moment. A descriptor that is `lost` was closed by somebody else: its number
 * may be another's by now, so nothing may touch it again, and the handle gets
 * a private one in its place. */
static void uvn__bury(uvn_loop_t* loop, uv__io_t* w, int error, int lost) {
  uv_handle_t* handle = uvn__watcher_handle(w);
  struct uvn_dead* dead;
  unsigned capacity;

  if (handle == NULL) {
    /* Without its own descriptors a loop cannot work: end the run. */
    w->events = 0;
    loop->poll_error = error;
    return;
  }
  uv__io_stop(&loop->uv, w, UVN_ALL_EVENTS);
  if (handle->type != UV_POLL)
    handle->flags &= ~(UV_HANDLE_READABLE | UV_HANDLE_WRITABLE);
  if (lost) {  /* A poll handle never owned it. */
    w->fd = handle->type != UV_POLL ? uvn__placeholder(&loop->uv) : -1;
    uvn__distrust_set(loop);
  }

  loop->dead_watchers++;
  if (loop->ndead == loop->dead_capacity) {
    capacity = loop->dead_capacity ? 2 * loop->dead_capacity : 8;
    dead = realloc(loop->dead, capacity * sizeof(*dead));
    if (dead == NULL)
      return;  /* It stays silent, which is the lesser evil. */
    loop->dead = dead;
    loop->dead_capacity = capacity;
  }
  loop->dead[loop->ndead].handle = handle;
  loop->dead[loop->ndead].error = error;
  loop->ndead++;
  uvn_loop_wakeup(loop);
}


#ifdef __linux__
/* Whether epoll_ctl() says that the descriptor was closed, and maybe its number
 * given to another file. Else memory is short, or the user's watches are. */
static int uvn__says_lost(int error) {
  return error == EBADF || error == ENOENT || error == EPERM;
}


static void uvn__bury_unwatchable(uvn_loop_t* loop, uv__io_t* w, int error) {
  int lost = uvn__says_lost(error);

  uvn__bury(loop, w, lost ? UV_EBADF : UV__ERR(error), lost);
}
#endif


void uvn__forget_dead(uvn_loop_t* loop, uv_handle_t* handle) {
  unsigned i;

  for (i = 0; i < loop->ndead; i++)
    if (loop->dead[i].handle == handle)
      loop->dead[i--] = loop->dead[--loop->ndead];
}


static void uvn__report_stream(uv_stream_t* stream, int error) {
  uv_buf_t none = { NULL, 0 };

  if (uv__io_cb_get(&stream->io_watcher) == UV__SERVER_IO) {
    stream->connection_cb(stream, error);
    return;
  }

  uv__stream_flush_write_queue(stream, error);
  if (stream->connect_req != NULL)
    stream->delayed_error = error;
  /* Runs the callbacks; without a placeholder, close() does. */
  if (stream->io_watcher.fd >= 0)
    uv__io_feed(stream->loop, &stream->io_watcher);

  if (stream->flags & UV_HANDLE_READING) {
    stream->flags &= ~UV_HANDLE_READING;
    uv__handle_stop(stream);
    stream->read_cb(stream, error, &none);
  }
}


static void uvn__renew_set(uvn_loop_t* loop) {
#ifdef __linux__
  struct epoll_event e;
  uv__io_t* w;
  unsigned i;
  int fd;

  if (!loop->stale_set)
    return;
  fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd == -1)
    return;  /* The next event that should not be is the next occasion. */
  /* The old set is closed, and its number is the new one's. */
  dup3(fd, loop->uv.backend_fd, O_CLOEXEC);
  uv__close(fd);

  memset(&e, 0, sizeof(e));
  for (i = 0; i < loop->uv.nwatchers; i++) {
    w = loop->uv.watchers[i];
    if (w == NULL || w->events == 0)
      continue;
    e.events = w->events;
    e.data.fd = w->fd;
    if (epoll_ctl(loop->uv.backend_fd, EPOLL_CTL_ADD, w->fd, &e) != 0)
      uvn__bury_unwatchable(loop, w, errno);
  }
#endif
  loop->stale_set = 0;
}


void uvn__report_dead(uvn_loop_t* loop) {
  struct uvn_dead dead;
  uv_poll_t* poll;

  uvn__renew_set(loop);
  while (loop->ndead > 0) {
    dead = loop->dead[--loop->ndead];
    switch (dead.handle->type) {
      case UV_TCP:
      case UV_NAMED_PIPE:
        uvn__report_stream((uv_stream_t*) dead.handle, dead.error);
        break;
      case UV_POLL:
        poll = (uv_poll_t*) dead.handle;
        uv__handle_stop(poll);
        poll->poll_cb(poll, dead.error, 0);
        break;
      default:
        break;
    }
  }
}


/* The kernel has just given `w` its descriptor. A watcher that is registered
 * under the same number is a ghost; left alone, it would get our events. */
void uvn__claim_fd(uvn_loop_t* loop, uv__io_t* w) {
  uv__io_t* ghost;

  if (w->fd < 0 || (unsigned) w->fd >= loop->uv.nwatchers)
    return;
  ghost = loop->uv.watchers[w->fd];
  if (ghost == NULL || ghost == w)
    return;
  uvn__bury(loop, ghost, UV_EBADF, 1);
  if (w->pevents != 0)
    uv__io_start(&loop->uv, w, w->pevents);
}


void uvn_claim_fd(uvn_loop_t* loop, int fd) {
  if (fd >= 0 && (unsigned) fd < loop->uv.nwatchers &&
      loop->uv.watchers[fd] != NULL)
    uvn__bury(loop, loop->uv.watchers[fd], UV_EBADF, 1);
}


/* Whether another handle has the number of `w` by now: somebody else closed its
 * descriptor, unnoticed. */
int uvn__fd_is_anothers(uvn_loop_t* loop, uv__io_t* w) {
  return w->fd >= 0 && (unsigned) w->fd < loop->uv.nwatchers &&
         loop->uv.watchers[w->fd] != NULL && loop->uv.watchers[w->fd] != w;
}


/* Before `w` is closed: gives up a number that another handle has by now, or
 * under which the poll set does not know it, though it should. */
void uvn__disown_fd(uvn_loop_t* loop, uv__io_t* w) {
  int lost = uvn__fd_is_anothers(loop, w);
#ifdef __linux__
  struct epoll_event e;
#endif

#ifdef __linux__
  if (!lost && w->events != 0) {
    memset(&e, 0, sizeof(e));
    e.events = w->events;
    e.data.fd = w->fd;
    lost = epoll_ctl(loop->uv.backend_fd, EPOLL_CTL_MOD, w->fd, &e) == -1 &&
           uvn__says_lost(errno);
  }
#endif
  if (lost) {
    uv__io_stop(&loop->uv, w, UVN_ALL_EVENTS);
    w->fd = -1;
    loop->dead_watchers++;
    uvn__distrust_set(loop);
  }
}


#ifdef __linux__
int uvn__epoll_ctl(int epfd, int op, int fd, struct epoll_event* event);
int uvn__epoll_pwait(int epfd, struct epoll_event* events, int max, int timeout,
                     const sigset_t* mask);

int uvn__epoll_ctl(int epfd, int op, int fd, struct epoll_event* event) {
  uvn_loop_t* loop = uvn__current;
  uv__io_t* w = NULL;

  if (loop != NULL && loop->forked)
    return 0;
  if (loop != NULL && loop->uv.backend_fd == epfd &&
      (unsigned) fd < loop->uv.nwatchers)
    w = loop->uv.watchers[fd];
  /* libuv stops a watcher before it removes the descriptor: one that is active
   * here is another handle's, which has got the same number since. */
  if (op == EPOLL_CTL_DEL && w != NULL && event->events == 0)
    return 0;

  if (epoll_ctl(epfd, op, fd, event) == 0)
    return 0;
  if (op == EPOLL_CTL_DEL) {
    if (loop != NULL && event->events != 0 && event->data.fd == fd)
      uvn__distrust_set(loop);  /* It is there: this is one of its events. */
    return 0;  /* It is gone, which was the point. */
  }
  if (op == EPOLL_CTL_ADD && (errno == EEXIST || event->data.fd == -1))
    return -1;  /* Libuv expects the one; uv__io_check_fd() wants to know. */
  if (w == NULL)
    return -1;
  uvn__bury_unwatchable(loop, w, errno);
  return 0;
}


/* libuv polls again after every error, for ever. */
int uvn__epoll_pwait(int epfd, struct epoll_event* events, int max, int timeout,
                     const sigset_t* mask) {
  uvn_loop_t* loop = uvn__current;
  uv__io_t* own[2];
  int i;
  int n;

  if (loop == NULL || loop->uv.backend_fd != epfd)
    return epoll_pwait(epfd, events, max, timeout, mask);
  if (loop->forked) {
    uvn_loop_stop(loop);
    return 0;
  }
  if (loop->poll_error == 0) {
    n = epoll_pwait(epfd, events, max, timeout, mask);
    if (n != -1 || errno == EINTR)
      return n;
    loop->poll_error = UV__ERR(errno);
  }

  own[0] = &loop->uv.async_io_watcher;
  own[1] = &loop->uv.signal_io_watcher;
  for (i = 0; i < 2; i++)  /* The next run tries again to watch them. */
    if (own[i]->events != own[i]->pevents &&
        uv__queue_empty(&own[i]->watcher_queue))
      uv__queue_insert_tail(&loop->uv.watcher_queue, &own[i]->watcher_queue);
  uvn_loop_stop(loop);
  return 0;
}
#endif


/* ---------------------------------------------------------- poll handles -- */

/* What a poll handle that is spare says of itself. */
#define UVN_SPARE ((void*) &uvn__current)


/* A spare poll handle gives `fd` up to a handle that is about to open it. */
void uvn__make_way(uvn_loop_t* loop, int fd) {
  uv_handle_t* handle;

  if (fd < 0 || (unsigned) fd >= loop->uv.nwatchers ||
      loop->uv.watchers[fd] == NULL)
    return;
  handle = uvn__watcher_handle(loop->uv.watchers[fd]);
  if (handle != NULL && handle->type == UV_POLL &&
      handle->u.reserved[0] == UVN_SPARE)
    uv_poll_stop((uv_poll_t*) handle);
}


int uvn_poll_init(uvn_loop_t* loop, uv_poll_t* handle, int fd) {
  int flags;
  int err;

  if (fd < 0)
    return UV_EBADF;
  do
    flags = fcntl(fd, F_GETFL);
  while (flags == -1 && errno == EINTR);
  if (flags == -1)
    return UV__ERR(errno);

  uvn__make_way(loop, fd);
  err = uv_poll_init(&loop->uv, handle, fd);
  handle->u.reserved[0] = NULL;

  /* The flag belongs to the open file, which other processes may share: a
   * terminal for one. Whoever only watches it has no business changing it. */
  if (!(flags & O_NONBLOCK))
    while (fcntl(fd, F_SETFL, flags) == -1 && errno == EINTR) {}
  return err;
}


int uvn_poll_start(uv_poll_t* handle, int events, uv_poll_cb cb) {
  if (handle->io_watcher.fd < 0)
    return UV_EBADF;
  return uv_poll_start(handle, events, cb);
}


int uvn_poll_change(uv_poll_t* handle, int events) {
  uv__io_t* w = &handle->io_watcher;
  unsigned wanted = 0;
  unsigned old = w->pevents;

  if (w->fd < 0)
    return UV_EBADF;
  if (!uv__is_active(handle) || events == 0)
    return UV_EINVAL;
  if (events & UV_READABLE)
    wanted |= POLLIN;
  if (events & UV_WRITABLE)
    wanted |= POLLOUT;
  if (wanted & ~old)
    uv__io_start(handle->loop, w, wanted & ~old);
  if (old & ~wanted)
    uv__io_stop(handle->loop, w, old & ~wanted);
  return 0;
}


void uvn_poll_spare(uv_poll_t* handle, int spare) {
  handle->u.reserved[0] = spare ? UVN_SPARE : NULL;
  if (spare)
    uv_unref((uv_handle_t*) handle);
  else
    uv_ref((uv_handle_t*) handle);
}


void uvn_poll_distrust(uv_poll_t* handle) {
  uvn__distrust_set(UVN_LOOP(handle));
}


void uvn_poll_close(uv_poll_t* handle, uv_close_cb cb) {
  uvn__disown_fd(UVN_LOOP(handle), &handle->io_watcher);
  uvn__forget_dead(UVN_LOOP(handle), (uv_handle_t*) handle);
  uv_close((uv_handle_t*) handle, cb);
}
