/* SPDX-License-Identifier: MIT
 *
 * The thread pool, which nothing but lookups uses.
 *
 * libuv's getaddrinfo.c and getnameinfo.c are compiled with uv__work_submit,
 * and uv-common.c with uv__threadpool_cleanup, renamed to the functions below.
 */

#include "uvn_internal.h"

void uvn__work_submit(uv_loop_t* loop, struct uv__work* w,
                      enum uv__work_kind kind,
                      void (*work)(struct uv__work* w),
                      void (*done)(struct uv__work* w, int status));
void uvn__threadpool_cleanup(void);


/* Submits a lookup, which libuv counts as slow, as work that is not. libuv runs
 * slow work in half of its threads, so that the other kinds are not kept
 * waiting; but here there are no other kinds. And it counts what is running: a
 * child that is forked meanwhile gets new threads and a new queue, but inherits
 * the count, which nothing there brings down, and would never begin a lookup.
 */
void uvn__work_submit(uv_loop_t* loop, struct uv__work* w,
                      enum uv__work_kind kind,
                      void (*work)(struct uv__work* w),
                      void (*done)(struct uv__work* w, int status)) {
  (void) kind;
  uv__work_submit(loop, w, UV__WORK_FAST_IO, work, done);
}


/* When the process ends, its threads do as well. libuv would wait for them: for
 * a name server that does not answer, half a minute. */
void uvn__threadpool_cleanup(void) {}
