/* SPDX-License-Identifier: MIT
 *
 * Descriptors die while the process may not open another one: it is told all
 * the same, and nothing aborts.
 */

#include "task.h"

static int errors;
static int writes;


static void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) {
  (void) stream;
  (void) base;
  ASSERT_EQ(UV_EBADF, nread);
  errors++;
}


static void on_write(uvn_write_t* req, int status) {
  (void) req;
  ASSERT(status == UV_EBADF || status == UV_ECANCELED);
  writes++;
}


int main(void) {
  uvn_stream_t streams[3];
  uvn_write_t reqs[3];
  uv_buf_t buf = uv_buf_init("x", 1);
  struct rlimit limit;
  struct rlimit old;
  int peers[3];
  int i;

  task_begin();
  for (i = 0; i < 3; i++) {
    peers[i] = open_with_peer(both[i % 2], &streams[i]);
    ASSERT_EQ(0, uvn_read_start(&streams[i], on_read));
  }
  turns(1);
  for (i = 0; i < 3; i++) {
    close(fd_of(&streams[i]));
    ASSERT_EQ(0, uvn_write_queue(&streams[i], &reqs[i], &buf, 1, on_write));
  }

  ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
  limit = old;
  limit.rlim_cur = 0;
  ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
  RUN_UNTIL(errors == 3);
  turns(3);
  ASSERT_EQ(3, errors);
  for (i = 0; i < 3; i++)
    close_stream(&streams[i]);
  run();
  ASSERT_EQ(3, writes);
  ASSERT_EQ(3, closed);
  ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
  for (i = 0; i < 3; i++)
    close(peers[i]);
  task_end();
  return 0;
}
