/* SPDX-License-Identifier: MIT
 *
 * An error of accept4 that lasts does not make the loop spin: the listener
 * pauses, for longer each time. It is back soon after the error is gone, with
 * those who have waited.
 *
 * Wraps: accept4
 */

#include "task.h"

static uvn_stream_t server;
static uvn_stream_t clients[8];
static int connections;
static int error;
static int calls;

int __real_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags);
int __wrap_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags);


int __wrap_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags) {
  calls++;
  if (error != 0) {
    errno = error;
    return -1;
  }
  return __real_accept4(fd, addr, n, flags);
}


static void on_connection(uvn_stream_t* stream, int status) {
  ASSERT_EQ(0, status);
  init_stream(TCP, &clients[connections]);
  ASSERT_EQ(0, uvn_accept(stream, &clients[connections]));
  connections++;
}


int main(void) {
  static const int errors[] = { ENOMEM, EPERM, EMFILE };
  struct sockaddr_in addr;
  uint64_t start;
  int fds[2];
  int i;

  task_begin();
  addr = listen_tcp(&server, on_connection);
  for (i = 0; i < ARRAY_SIZE(errors); i++) {
    error = errors[i];
    calls = 0;
    fds[0] = dial(&addr, sizeof(addr));
    fds[1] = dial(&addr, sizeof(addr));
    run_blocking_for(i == 0 ? 1400 : 200);
    /* After pauses of 5, 10, 20 ... 320, 500 ms; two calls each, and one more
     * when the shortage is of descriptors. */
    ASSERT_LE(calls, 10 * 3);
    ASSERT_GE(calls, 4);
    ASSERT_EQ(2 * i, connections);

    error = 0;
    start = uv_hrtime();
    while (connections < 2 * i + 2)
      uvn_loop_turn(&loop);
    ASSERT_LE((uv_hrtime() - start) / NS_PER_MS, 5000);
    ASSERT_EQ(0, loop.refused_accepts);
    close(fds[0]);
    close(fds[1]);
  }
  ASSERT_GT(loop.accept_errors, 0);
  close_stream(&server);
  for (i = 0; i < connections; i++)
    close_stream(&clients[i]);
  run();
  task_end();
  return 0;
}
