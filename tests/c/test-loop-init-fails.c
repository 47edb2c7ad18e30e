/* SPDX-License-Identifier: MIT
 *
 * A loop that cannot be made, for want of memory or of descriptors, says so,
 * wherever in its making that happens, and leaves nothing behind.
 *
 * Wraps: malloc calloc realloc
 */

#include "task.h"

static int countdown;  /* The allocation that fails; 0: none does. */
static int hits;

void* __real_malloc(size_t n);
void* __wrap_malloc(size_t n);
void* __real_calloc(size_t n, size_t size);
void* __wrap_calloc(size_t n, size_t size);
void* __real_realloc(void* memory, size_t n);
void* __wrap_realloc(void* memory, size_t n);


static int fails(void) {
  if (countdown == 0 || --countdown > 0)
    return 0;
  hits++;
  return 1;
}


void* __wrap_realloc(void* memory, size_t n) {
  return fails() ? NULL : __real_realloc(memory, n);
}


void* __wrap_malloc(size_t n) {
  return fails() ? NULL : __real_malloc(n);
}


void* __wrap_calloc(size_t n, size_t size) {
  return fails() ? NULL : __real_calloc(n, size);
}


int main(void) {
  struct rlimit limit;
  struct rlimit old;
  uvn_loop_t second;
  int before;
  int room;
  int err;
  int n;

  task_begin();
  before = count_fds();
  for (n = 1;; n++) {
    countdown = n;
    hits = 0;
    err = uvn_loop_init(&second);
    countdown = 0;
    if (err == 0)
      ASSERT_EQ(0, uvn_loop_close(&second));
    ASSERT_EQ(before, count_fds());
    if (hits == 0)
      break;
    ASSERT_EQ(UV_ENOMEM, err);
  }
  ASSERT_GE(n, 4);

  ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
  limit = old;
  for (room = 0;; room++) {
    n = dup(0);
    close(n);
    limit.rlim_cur = n + room;
    ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
    err = uvn_loop_init(&second);
    ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
    if (err == 0)
      ASSERT_EQ(0, uvn_loop_close(&second));
    ASSERT_EQ(before, count_fds());
    if (err == 0)
      break;
    ASSERT_EQ(UV_EMFILE, err);
  }
  ASSERT_GE(room, 4);
  task_end();
  return 0;
}
