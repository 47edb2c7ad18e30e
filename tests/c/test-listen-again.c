/* SPDX-License-Identifier: MIT
 *
 * Listening again, with another callback, on a listener that is at work; and
 * again without success, which leaves it at work.
 *
 * Wraps: listen
 */

#include "task.h"

static uvn_stream_t server;
static int first;
static int second;
static int failing;

int __real_listen(int fd, int backlog);
int __wrap_listen(int fd, int backlog);


int __wrap_listen(int fd, int backlog) {
  if (failing) {
    errno = EADDRINUSE;
    return -1;
  }
  return __real_listen(fd, backlog);
}


static void on_first(uvn_stream_t* stream, int status) {
  (void) stream;
  ASSERT_EQ(0, status);
  first++;
}


static void on_second(uvn_stream_t* stream, int status) {
  (void) stream;
  ASSERT_EQ(0, status);
  second++;
}


static void connect_once(const struct sockaddr_in* addr) {
  int fd = dial(addr, sizeof(*addr));
  int before = first + second;

  RUN_UNTIL(first + second == before + 1);
  recv_eof(fd);
  close(fd);
}


int main(void) {
  struct sockaddr_in addr;

  task_begin();
  addr = listen_tcp(&server, on_first);
  connect_once(&addr);
  ASSERT_EQ(1, first);

  ASSERT_EQ(0, uvn_listen(&server, 16, on_second));
  connect_once(&addr);
  ASSERT_EQ(1, second);

  failing = 1;
  ASSERT_EQ(UV_EADDRINUSE, uvn_listen(&server, 8, on_first));
  failing = 0;
  connect_once(&addr);
  ASSERT_EQ(1, first);
  ASSERT_EQ(2, second);

  close_stream(&server);
  run();
  ASSERT_EQ(1, closed);
  task_end();
  return 0;
}
