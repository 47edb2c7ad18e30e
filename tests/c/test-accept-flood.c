/* SPDX-License-Identifier: MIT
 *
 * Out of descriptors while clients come faster than they can be told: shedding
 * them does not keep the loop from everything else.
 *
 * Wraps: accept4
 */

#include "task.h"

static uvn_stream_t server;
static int calls;
static int fired;

int __wrap_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags);


/* Without descriptors, but for the one that the loop keeps in reserve; and
 * there is always one more client. */
int __wrap_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags) {
  (void) fd;
  (void) addr;
  (void) n;
  (void) flags;
  if (++calls > 1000000)
    TASK_FAIL("does not end");
  if (loop.uv.emfile_fd != -1) {
    errno = EMFILE;
    return -1;
  }
  return dup(0);
}


static void on_connection(uvn_stream_t* stream, int status) {
  (void) stream;
  (void) status;
  ASSERT(0);
}


static void on_timer(uvn_timer_t* timer) {
  (void) timer;
  fired++;
}


int main(void) {
  struct sockaddr_in addr;
  uvn_timer_t timer;
  int fd;

  task_begin();
  addr = listen_tcp(&server, on_connection);
  fd = dial(&addr, sizeof(addr));
  memset(&timer, 0, sizeof(timer));
  ASSERT_EQ(0, uvn_timer_start(&loop, &timer, uv_hrtime() + 5 * NS_PER_MS,
                               on_timer));
  RUN_UNTIL(fired == 1);
  ASSERT_GT(loop.refused_accepts, 0);
  close(fd);
  close_stream(&server);
  run();
  task_end();
  return 0;
}
