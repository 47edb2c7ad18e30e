/* SPDX-License-Identifier: MIT
 *
 * A listener that pauses may be closed, told to listen again, which ends the
 * pause, and does not keep the loop from ending by its pause alone.
 *
 * Wraps: accept4
 */

#include "task.h"

static uvn_stream_t server;
static uvn_stream_t client;
static int connections;
static int failing;
static int calls;

int __real_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags);
int __wrap_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags);


int __wrap_accept4(int fd, struct sockaddr* addr, socklen_t* n, int flags) {
  calls++;
  if (failing) {
    errno = ENOMEM;
    return -1;
  }
  return __real_accept4(fd, addr, n, flags);
}


static void on_connection(uvn_stream_t* stream, int status) {
  ASSERT_EQ(0, status);
  init_stream(TCP, &client);
  ASSERT_EQ(0, uvn_accept(stream, &client));
  connections++;
  close_stream(&client);
}


int main(void) {
  struct sockaddr_in addr;
  uint64_t start;
  int fd;

  task_begin();
  addr = listen_tcp(&server, on_connection);
  failing = 1;
  fd = dial(&addr, sizeof(addr));
  run_blocking_for(250);  /* The pause is of 160 ms by now. */

  failing = 0;
  start = now_ms();
  ASSERT_EQ(0, uvn_listen(&server, 16, on_connection));
  uvn_loop_turn(&loop);
  ASSERT_EQ(1, connections);
  close(fd);

  /* It pauses from the shortest pause on again, and does not spin. */
  failing = 1;
  calls = 0;
  fd = dial(&addr, sizeof(addr));
  start = now_ms();
  while (calls < 6)  /* Three attempts, with pauses of 5 and 10 ms. */
    run_blocking_for(5);
  ASSERT_GE(now_ms() - start, 10);
  ASSERT_LT(now_ms() - start, 800);  /* The longest pauses are of 320, 500. */
  uv_unref(&server.u.handle);
  start = now_ms();
  run();
  ASSERT_LT(now_ms() - start, 5000);

  close_stream(&server);
  run();
  ASSERT_EQ(1, connections);
  ASSERT_EQ(2, closed);
  close(fd);
  task_end();
  return 0;
}
