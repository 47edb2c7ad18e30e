/* SPDX-License-Identifier: MIT
 *
 * The loop: libuv's, with the memory that reads share, a wake-up and timers.
 */

#include "uvn_internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Milliseconds. A loop that does not block keeps its lock until somebody asks
 * for it, and this often lets its owner see whether anybody does.
 *
 * To give the lock up unasked, and take it back at once, would be worse than
 * nothing. Python's GIL is asked for by a thread that has waited for one switch
 * interval without hearing of it. Each release wakes that thread, which finds
 * the lock taken again, if it is not scheduled in the same instant, and waits
 * anew: on a busy machine it would never get as far as asking. Once asked, the
 * interpreter does not go on before another thread has had the GIL. */
#define UVN_ATTEND_INTERVAL 5


static void uvn__attend(uvn_loop_t* loop) {
  loop->attended_at = loop->uv.time;
  if (loop->attend != NULL)
    loop->attend(loop);
}


static void uvn__on_async(uv_async_t* handle) {
  uvn_loop_t* loop = UVN_LOOP(handle);

  if (loop->heard_signal) {
    loop->heard_signal = 0;
    uvn__attend(loop);
  }
  uvn__report_dead(loop);
}


static void uvn__on_prepare(uv_prepare_t* handle) {
  uvn_loop_t* loop = UVN_LOOP(handle);

  if (loop->uv.time - loop->attended_at >= UVN_ATTEND_INTERVAL)
    uvn__attend(loop);
  if (loop->corked) {
    loop->corked = 0;
    loop->flush(loop);
  }
  uvn__timers_arm(loop);  /* Last: what is before may start some. */
}


/* Makes the pipe that libuv's signal handling needs once a process. libuv
 * aborts when it cannot, and has used up descriptors for the loop by then. */
static int uvn__process_init(void) {
  uv_file fds[2];
  int err;

  err = uv_pipe(fds, 0, 0);
  if (err)
    return err;
  uv__close(fds[0]);
  uv__close(fds[1]);
  uv__signal_global_once_init();
  return 0;
}


int uvn_loop_init(uvn_loop_t* loop) {
  static int initialised;
  char* scratch;
  int err;

  if (!initialised) {
    err = uvn__process_init();
    if (err)
      return err;
    initialised = 1;  /* By several threads at a time, it does no harm. */
  }

  memset(loop, 0, sizeof(*loop));
  loop->peer_fd = -1;
  scratch = malloc(UVN_BULK_SIZE);
  if (scratch == NULL)
    return UV_ENOMEM;
  loop->scratch = uv_buf_init(scratch, UVN_BULK_SIZE);

  err = uv_loop_init(&loop->uv);
  if (err)
    goto fail_scratch;

  /* Closes the io_uring ring that batches epoll_ctl calls: calls that go
   * through it bypass the hook in uvn_poll.c, and abort on a closed descriptor.
   */
  uv__platform_loop_delete(&loop->uv);

  err = uvn__timers_init(loop);
  if (err)
    goto fail_loop;

  err = uv_async_init(&loop->uv, &loop->async, uvn__on_async);
  if (err)
    goto fail_timers;
  uv_unref((uv_handle_t*) &loop->async);

  uv_prepare_init(&loop->uv, &loop->prepare);
  uv_prepare_start(&loop->prepare, uvn__on_prepare);
  uv_unref((uv_handle_t*) &loop->prepare);
  return 0;

fail_timers:
  uv_close((uv_handle_t*) &loop->timers.uv, NULL);
  uvn__timers_free(loop);
  uv_run(&loop->uv, UV_RUN_NOWAIT);
fail_loop:
  uv_loop_close(&loop->uv);
fail_scratch:
  free(scratch);
  return err;
}


static void uvn__count_foreign(uv_handle_t* handle, void* arg) {
  uvn_loop_t* loop = UVN_LOOP(handle);

  if (handle != (uv_handle_t*) &loop->async &&
      handle != (uv_handle_t*) &loop->prepare &&
      handle != (uv_handle_t*) &loop->timers.uv)
    (*(int*) arg)++;
}


int uvn_loop_close(uvn_loop_t* loop) {
  int foreign = 0;
  int err;

  /* Timers that are scheduled do not hinder; if handles do, they go on. */
  uv_timer_stop(&loop->timers.uv);
  loop->timers.dirty = 1;
  uv_walk(&loop->uv, uvn__count_foreign, &foreign);
  if (foreign || uv_loop_alive(&loop->uv))
    return UV_EBUSY;

  uv_close((uv_handle_t*) &loop->async, NULL);
  uv_close((uv_handle_t*) &loop->prepare, NULL);
  uv_close((uv_handle_t*) &loop->timers.uv, NULL);
  uv_run(&loop->uv, UV_RUN_NOWAIT);
  uvn__metrics_close(loop);
  err = uv_loop_close(&loop->uv);
  if (err)
    return err;

  uvn__timers_free(loop);
  uvn__arena_free(loop);
  free(loop->dead);
  loop->dead = NULL;
  free(loop->scratch.base);
  loop->scratch = uv_buf_init(NULL, 0);
  return 0;
}


static int uvn__loop_run(uvn_loop_t* loop, uv_run_mode mode) {
  uvn_loop_t* outer = uvn__current;
  int alive;

  uvn__current = loop;
  uvn__metrics_begin(loop);
  uvn__timers_arm(loop);
  do {
    uv_run(&loop->uv, mode);
    /* A timer that the last turn started is not armed yet, and a loop with
     * nothing armed counts as finished. */
    uvn__timers_arm(loop);
    alive = uv_loop_alive(&loop->uv);
  } while (mode == UV_RUN_DEFAULT && !loop->stop && alive);
  loop->stop = 0;
  uvn__metrics_lag(loop);
  uvn__current = outer;
  if (loop->poll_error) {
    alive = loop->poll_error;
    loop->poll_error = 0;
  }
  return alive;
}


/* A write to a connection that its peer has reset must be an error and not the
 * end of the process, and libuv has no way to say so in each write. */
static void uvn__ignore_sigpipe(void) {
  struct sigaction action;

  if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
  }
}


int uvn_loop_run(uvn_loop_t* loop) {
  uvn__ignore_sigpipe();
  return uvn__loop_run(loop, UV_RUN_DEFAULT);
}


int uvn_loop_turn(uvn_loop_t* loop) {
  return uvn__loop_run(loop, UV_RUN_NOWAIT);
}


void uvn_loop_stop(uvn_loop_t* loop) {
  loop->stop = 1;
  uv_stop(&loop->uv);
}


/* Has `fd` lead nowhere, in this process alone. */
static void uvn__blind(int fd) {
  int null = uv__open_cloexec("/dev/null", O_RDWR);

  if (null < 0)
    return;
  if (dup2(null, fd) == fd)
    uv__cloexec(fd, 1);
  uv__close(null);
}


void uvn_loop_forked(uvn_loop_t* loop) {
  unsigned fd;

  loop->forked = 1;
  uvn_loop_stop(loop);
  uvn__blind(loop->uv.signal_pipefd[1]);
  uvn__blind(loop->uv.async_io_watcher.fd);
  if (loop->uv.async_wfd != -1)
    uvn__blind(loop->uv.async_wfd);
  if (uvn__current == loop)  /* The fork was in one of its callbacks. */
    for (fd = 0; fd < loop->uv.nwatchers; fd++)
      uv__platform_invalidate_fd(&loop->uv, fd);
}


int uvn_loop_wakeup(uvn_loop_t* loop) {
  return uv_async_send(&loop->async);
}
